import { type CatcherPlace, caught } from '#channels/email/catcher.ts';
import type { MailSettings } from '#channels/email/settings.ts';
import type { AccountRef } from '#core/channel.ts';
import { Failure } from '#core/failure.ts';
import { type Db, inWorkspace } from '#sql/database.ts';
import type { Sealer } from '#sql/sealed.ts';

export type MailGround = { db: Db; sealer: Sealer; catcher: CatcherPlace };

/** What the mail channel needs of an account, opened just before it is used. With `use_catcher` its mail goes to the catcher, see `caught`. */
export async function readMailSettings({ db, sealer, catcher }: MailGround, account: AccountRef): Promise<MailSettings> {
  const row = await inWorkspace(db, account.workspaceId, (trx) =>
    trx.selectFrom('mail_accounts').selectAll().where('account_id', '=', account.id).executeTakeFirst(),
  );
  if (!row) throw new Failure('not_found', 'The mail account does not exist any more.');
  const settings: MailSettings = {
    host: row.host,
    port: row.port,
    security: row.security as MailSettings['security'], // A CHECK allows these words only.
    username: row.username,
    password: row.sealed_password ? sealer.openText(row.sealed_password) : null,
    fromName: row.from_name,
    fromAddress: row.from_address,
    pool: row.pool,
  };
  return row.use_catcher ? caught(settings, catcher) : settings;
}
