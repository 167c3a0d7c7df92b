import { type MailKeys, settingsOfAccount } from '#channels/email/account-settings.ts';
import { sendTestMail } from '#channels/email/send-test.ts';
import { domainOf } from '#channels/email/settings.ts';
import { Failure } from '#core/failure.ts';
import { type Db, inWorkspace } from '#sql/database.ts';
import { signingKeyOf } from '#sql/dkim-keys.ts';
import type { MailParts } from './mail.ts';

/** Sends a test mail with the named account, or with the only one there is; to the catcher when that is switched on. */
export function createTestSender({ db, ...keys }: { db: Db } & MailKeys): MailParts['sendTest'] {
  return async ({ workspaceId, accountId, to, subject, text }) => {
    const { row, other, dkim } = await inWorkspace(db, workspaceId, async (trx) => {
      const accounts = trx.selectFrom('mail_accounts').selectAll().limit(2);
      const [first, second] = await (accountId === undefined ? accounts : accounts.where('account_id', '=', accountId)).execute();
      return { row: first, other: second, dkim: first ? await signingKeyOf(trx, domainOf(first.from_address)) : null };
    });
    if (!row) throw new Failure('not_found', 'There is no mail account yet. Add one first.');
    if (other) throw new Failure('invalid_input', 'There are several mail accounts.', { fields: { accountId: 'say which account sends' } });
    return sendTestMail({ ...settingsOfAccount({ ...row, dkim }, keys), pool: 1 }, { to, subject, text });
  };
}
