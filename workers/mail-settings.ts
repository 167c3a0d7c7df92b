import { type MailKeys, settingsOfAccount } from '#channels/email/account-settings.ts';
import { domainOf, type MailSettings } from '#channels/email/settings.ts';
import type { AccountRef } from '#core/channel.ts';
import { Failure } from '#core/failure.ts';
import { type Db, inWorkspace } from '#sql/database.ts';
import { signingKeyOf } from '#sql/dkim-keys.ts';

export type MailGround = { db: Db } & MailKeys;

/** What the mail channel needs of an account. Throws `not_found` when the account is gone. */
export async function readMailSettings({ db, ...keys }: MailGround, account: AccountRef): Promise<MailSettings> {
  const row = await inWorkspace(db, account.workspaceId, async (trx) => {
    const found = await trx.selectFrom('mail_accounts').selectAll().where('account_id', '=', account.id).executeTakeFirst();
    return found && { ...found, dkim: await signingKeyOf(trx, domainOf(found.from_address)) };
  });
  if (!row) throw new Failure('not_found', 'The mail account does not exist any more.');
  return settingsOfAccount(row, keys);
}
