import { type CatcherPlace, caught } from '#channels/email/catcher.ts';
import { sendTestMail } from '#channels/email/send-test.ts';
import type { MailSettings } from '#channels/email/settings.ts';
import { Failure } from '#core/failure.ts';
import { type Db, inWorkspace } from '#sql/database.ts';
import type { Sealer } from '#sql/sealed.ts';
import type { MailParts } from './mail.ts';

/** Sends a test mail with the named account, or with the only one there is; to the catcher when that is switched on. */
export function createTestSender({ db, sealer, catcher }: { db: Db; sealer: Sealer; catcher: CatcherPlace }): MailParts['sendTest'] {
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
    const settings: MailSettings = {
      host: row.host,
      port: row.port,
      security: row.security as MailSettings['security'], // A CHECK allows these words only.
      username: row.username,
      password: row.sealed_password ? sealer.openText(row.sealed_password) : null,
      fromName: row.from_name,
      fromAddress: row.from_address,
      pool: 1,
    };
    return sendTestMail(row.use_catcher ? caught(settings, catcher) : settings, { to, subject, text });
  };
}
