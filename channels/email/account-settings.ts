import { type CatcherPlace, caught } from './catcher.ts';
import type { MailSettings } from './settings.ts';
import { returnPathPurpose } from './verp.ts';

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
  bounce_address: string | null;
  /** What its domain signs with. */
  dkim: { domain: string; selector: string; sealed_private_key: Buffer } | null;
};
export type MailKeys = { sealer: { openText(sealed: Buffer): string; derive(purpose: string): Buffer }; catcher: CatcherPlace };

/** What a connection needs of an account, opened just before it is used. With `use_catcher` its mail goes to the catcher, see `caught`. */
export function settingsOfAccount(row: MailAccountRow, { sealer, catcher }: MailKeys): MailSettings {
  const { dkim } = row;
  const settings: MailSettings = {
    host: row.host,
    port: row.port,
    security: row.security as MailSettings['security'], // A CHECK allows these words only.
    username: row.username,
    password: row.sealed_password ? sealer.openText(row.sealed_password) : null,
    fromName: row.from_name,
    fromAddress: row.from_address,
    pool: row.pool,
    bounces: row.bounce_address ? { address: row.bounce_address, key: sealer.derive(returnPathPurpose) } : null,
    dkim: dkim && { domain: dkim.domain, selector: dkim.selector, privateKey: sealer.openText(dkim.sealed_private_key) },
  };
  return row.use_catcher ? caught(settings, catcher) : settings;
}
