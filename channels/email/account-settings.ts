import { type CatcherPlace, caught } from './catcher.ts';
import type { MailSettings } from './settings.ts';

/** A mail account as the database keeps it. */
export type MailAccountRow = {
  host: string;
  port: number;
  security: string;
  username: string | null;
  sealed_password: Buffer | null;
  from_name: string;
  from_address: string;
  pool: number;
  use_catcher: boolean;
};
export type MailKeys = { sealer: { openText(sealed: Buffer): string }; catcher: CatcherPlace };

/** What a connection needs of an account, opened just before it is used. With `use_catcher` its mail goes to the catcher, see `caught`. */
export function settingsOfAccount(row: MailAccountRow, { sealer, catcher }: MailKeys): MailSettings {
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
