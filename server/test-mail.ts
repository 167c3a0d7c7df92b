import { type MailKeys, settingsOfAccount } from '#channels/email/account-settings.ts';
import { sendTestMail } from '#channels/email/send-test.ts';
import { Failure } from '#core/failure.ts';
import { type Db, inWorkspace } from '#sql/database.ts';
import type { MailParts } from './mail.ts';

/** Sends a test mail with the named account, or with the only one there is; to the catcher when that is switched on. */
export function createTestSender({ db, ...keys }: { db: Db } & MailKeys): MailParts['sendTest'] {
  return async ({ workspaceId, accountId, to, subject, text }) => {
    const rows = await inWorkspace(db, workspaceId, (trx) =>
      trx
        .selectFrom('mail_accounts')
        .selectAll()
        .$if(accountId !== undefined, (query) => query.where('account_id', '=', accountId ?? ''))
        .limit(2)
        .execute(),
    );
    const [row, other] = rows;
    if (!row) throw new Failure('not_found', 'There is no mail account yet. Add one first.');
    if (other) throw new Failure('invalid_input', 'There are several mail accounts.', { fields: { accountId: 'say which account sends' } });
    return sendTestMail({ ...settingsOfAccount(row, keys), pool: 1 }, { to, subject, text });
  };
}
