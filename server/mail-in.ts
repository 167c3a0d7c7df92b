import type { z } from 'zod';
import type { BoxSettings } from '#channels/email/box.ts';
import type { mailIn } from '#core/api/mail-in.ts';
import { Failure } from '#core/failure.ts';
import { listBounces } from '#sql/bounces.ts';
import { changeMailIn, isSameBox, readBox, readMailIn, removeBox, setBox, setProvider } from '#sql/mail-in.ts';
import type { Sealer } from '#sql/sealed.ts';
import type { Handlers } from './handler.ts';
import { refuseOpenPassword } from './mail.ts';

export type MailInParts = {
  sealer: Sealer;
  /** Opens a mailbox once. Throws a `Failure` that says why it cannot be read. */
  lookIntoBox: (settings: BoxSettings, signal: AbortSignal) => Promise<{ mails: number; folders: string[] }>;
};
type Fields = z.output<NonNullable<typeof mailIn.setMailBox.body>>;

export const mailInHandlers = ({ sealer, lookIntoBox }: MailInParts) =>
  ({
    readMailIn: ({ params, transaction }) => transaction((trx) => readMailIn(trx, params.id)),
    changeMailIn: ({ params, body, caller, transaction }) =>
      transaction(async (trx) => {
        await readMailIn(trx, params.id);
        await changeMailIn(trx, { workspaceId: caller.workspaceId, accountId: params.id }, body);
        return readMailIn(trx, params.id);
      }),
    setMailBox({ params, body, caller, transaction }) {
      refuseOpenPassword(body);
      const { password, ...fields } = body;
      const sealed = password === undefined ? {} : { sealedPassword: sealer.seal(password) };
      return transaction(async (trx) => {
        await readMailIn(trx, params.id);
        await setBox(trx, { workspaceId: caller.workspaceId, accountId: params.id }, { ...fields, ...sealed });
        return readMailIn(trx, params.id);
      });
    },
    async testMailBox({ params, body, transaction, signal }) {
      refuseOpenPassword(body);
      const known = await transaction(async (trx) => {
        await readMailIn(trx, params.id);
        return readBox(trx, params.id);
      });
      return lookIntoBox(settingsOf(body, known && isSameBox(known, body) ? known.sealed_password : null, sealer), signal);
    },
    async removeMailBox({ params, caller, transaction }) {
      await transaction((trx) => removeBox(trx, { workspaceId: caller.workspaceId, accountId: params.id }));
      return null;
    },
    setMailProvider: ({ params, body: { provider, secret }, caller, transaction }) =>
      transaction(async (trx) => {
        await readMailIn(trx, params.id);
        const place = { workspaceId: caller.workspaceId, accountId: params.id };
        await setProvider(trx, place, { provider, sealedSecret: secret === null ? null : sealer.seal(secret) });
        return readMailIn(trx, params.id);
      }),
    listBounces: ({ query: { cursor, limit, ...filter }, transaction }) => transaction((trx) => listBounces(trx, filter, { cursor, limit })),
  }) satisfies Partial<Handlers>;

function settingsOf(body: Fields, stored: Buffer | null, sealer: Sealer): BoxSettings {
  const password = body.password ?? (stored ? sealer.openText(stored) : null);
  if (password === null) throw new Failure('invalid_input', 'password: is missing.', { fields: { password: 'is missing' } });
  return { ...body, password };
}
