import type { z } from 'zod';
import { isThisMachine } from '#channels/email/settings.ts';
import type { mail } from '#core/api/mail.ts';
import { Failure } from '#core/failure.ts';
import { addMailAccount, changeMailAccount, listMailAccounts, readMailAccount, removeMailAccount } from '#sql/mail.ts';
import type { Queue } from '#sql/queue.ts';
import { askRulesAgain } from '#sql/rules-changed.ts';
import type { Sealer } from '#sql/sealed.ts';
import type { Handlers } from './handler.ts';
import { withSealedPassword } from './sealed-password.ts';

type TestMail = z.output<NonNullable<typeof mail.sendTestMail.body>>;
export type MailParts = {
  sealer: Sealer;
  queue: Queue;
  /** Sends one mail at once from an account of the workspace, or from the only one when none is named. */
  sendTest: (ask: TestMail & { workspaceId: string }, signal: AbortSignal) => Promise<{ messageId: string; response: string; accepted: string[] }>;
};

export const mailHandlers = ({ sealer, queue, sendTest }: MailParts) =>
  ({
    listMailAccounts: ({ transaction }) => transaction(async (trx) => ({ rows: await listMailAccounts(trx) })),
    readMailAccount: ({ params, transaction }) => transaction((trx) => readMailAccount(trx, params.id)),
    addMailAccount({ body, caller, transaction }) {
      refuseOpenPassword(body);
      return transaction((trx) => addMailAccount(trx, caller.workspaceId, withSealedPassword(sealer, body)));
    },
    changeMailAccount: ({ params, body, caller, transaction }) =>
      transaction(async (trx) => {
        refuseOpenPassword({ ...(await readMailAccount(trx, params.id)), ...body });
        const place = { workspaceId: caller.workspaceId, accountId: params.id };
        const changed = await changeMailAccount(trx, { ...place, change: withSealedPassword(sealer, body) });
        if (body.ceilings) await askRulesAgain(trx, queue, place);
        return changed;
      }),
    async removeMailAccount({ params, caller, transaction }) {
      await transaction((trx) => removeMailAccount(trx, caller.workspaceId, params.id));
      return null;
    },
    sendTestMail: ({ body, caller, signal }) => sendTest({ ...body, workspaceId: caller.workspaceId }, signal),
  }) satisfies Partial<Handlers>;

/** Without encryption a password and every mail could be read on the way. With the catcher on, neither goes to this host; switching it off asks again. */
export function refuseOpenPassword({ security, host, useCatcher = false }: { security: string; host: string; useCatcher?: boolean }): void {
  if (security !== 'none' || useCatcher || isThisMachine(host)) return;
  const sentence = 'is for a mail server on this machine only; use tls (465) or starttls (587)';
  throw new Failure('invalid_input', `security: none ${sentence}.`, { fields: { security: sentence } });
}
