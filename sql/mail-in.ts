import { sql } from 'kysely';
import { MailProvider } from '#core/bounce.ts';
import { Failure } from '#core/failure.ts';
import type { Db, Trx } from './database.ts';
import { recordEvent } from './events.ts';
import { instant } from './instant.ts';

type Security = 'tls' | 'starttls' | 'none';
type Place = { workspaceId: string; accountId: string };
export type BoxFields = { host: string; port: number; security: Security; username: string; folder: string; sealedPassword?: Buffer };

/** Throws `not_found`. */
export async function readMailIn(trx: Trx, accountId: string) {
  const account = await trx
    .selectFrom('mail_accounts')
    .select(['events_key', 'soft_bounces', 'soft_bounce_days'])
    .where('account_id', '=', accountId)
    .executeTakeFirst();
  if (!account) throw new Failure('not_found');
  const box = await readBox(trx, accountId);
  const told = await trx.selectFrom('mail_providers').select(['provider', 'told_at']).where('account_id', '=', accountId).execute();
  return {
    box: box && {
      host: box.host,
      port: box.port,
      security: box.security as Security, // The column's CHECK allows nothing else.
      username: box.username,
      folder: box.folder,
      readAt: instant(box.read_at),
      error: box.error,
      errorAt: instant(box.error_at),
    },
    providers: MailProvider.options.map((provider) => {
      const known = told.find((one) => one.provider === provider);
      return {
        provider,
        path: `/api/mail-events/${provider}/${account.events_key}`,
        isOn: known !== undefined,
        toldAt: instant(known?.told_at ?? null),
      };
    }),
    softBounces: account.soft_bounces,
    softBounceDays: account.soft_bounce_days,
  };
}

export async function changeMailIn(
  trx: Trx,
  place: Place,
  change: { softBounces?: number | undefined; softBounceDays?: number | undefined },
): Promise<void> {
  const own = { soft_bounces: change.softBounces, soft_bounce_days: change.softBounceDays };
  if (Object.values(own).some((value) => value !== undefined))
    await trx.updateTable('mail_accounts').set(own).where('account_id', '=', place.accountId).execute();
  await told(trx, place);
}

/** The stored password is for the stored place: whoever names another one has to know it. */
export function isSameBox(
  known: { host: string; port: number; username: string },
  { host, port, username }: { host: string; port: number; username: string },
): boolean {
  return known.host === host && known.port === port && known.username === username;
}

export async function readBox(trx: Trx, accountId: string) {
  return (await trx.selectFrom('mail_boxes').selectAll().where('account_id', '=', accountId).executeTakeFirst()) ?? null;
}

/**
 * Another mailbox is read from its end: what lies in it already was for somebody else. Whoever reads the old one right now has lost it, and
 * writes no more of where it was. Throws `invalid_input` without a password.
 */
export async function setBox(trx: Trx, place: Place, { sealedPassword, ...fields }: BoxFields): Promise<void> {
  const known = await readBox(trx, place.accountId);
  const isSame = known !== null && isSameBox(known, fields);
  const password = sealedPassword ?? (isSame ? known.sealed_password : null);
  if (!password) throw new Failure('invalid_input', 'password: is missing.', { fields: { password: 'is missing' } });
  const from = isSame && known.folder === fields.folder ? {} : { uid_validity: null, last_uid: 0, read_at: null };
  const values = {
    ...fields,
    ...from,
    sealed_password: password,
    error: null,
    error_at: null,
    due_at: sql<Date>`now()`,
    held_by: null,
    held_until: null,
  };
  await trx
    .insertInto('mail_boxes')
    .values({ account_id: place.accountId, workspace_id: place.workspaceId, ...values })
    .onConflict((conflict) => conflict.column('account_id').doUpdateSet(values))
    .execute();
  await told(trx, place);
}

/** Throws `not_found`. */
export async function removeBox(trx: Trx, place: Place): Promise<void> {
  const { numDeletedRows } = await trx.deleteFrom('mail_boxes').where('account_id', '=', place.accountId).executeTakeFirst();
  if (numDeletedRows === 0n) throw new Failure('not_found');
  await told(trx, place);
}

/** Null: its events are taken no longer. */
export async function setProvider(
  trx: Trx,
  place: Place,
  { provider, sealedSecret }: { provider: MailProvider; sealedSecret: Buffer | null },
): Promise<void> {
  if (sealedSecret === null) {
    await trx.deleteFrom('mail_providers').where('account_id', '=', place.accountId).where('provider', '=', provider).execute();
  } else {
    await trx
      .insertInto('mail_providers')
      .values({ account_id: place.accountId, workspace_id: place.workspaceId, provider, sealed_secret: sealedSecret })
      .onConflict((conflict) => conflict.columns(['account_id', 'provider']).doUpdateSet({ sealed_secret: sealedSecret, told_at: null }))
      .execute();
  }
  await told(trx, place);
}

export async function noteProviderTold(trx: Trx, { accountId }: Place, provider: MailProvider, now: Date): Promise<void> {
  await trx.updateTable('mail_providers').set({ told_at: now }).where('account_id', '=', accountId).where('provider', '=', provider).execute();
}

/** Whose events come to this address, in every workspace. */
export async function providerAt(db: Db, key: string, provider: MailProvider): Promise<(Place & { sealedSecret: Buffer }) | null> {
  const { rows } = await sql<{ workspace_id: string; account_id: string; sealed_secret: Buffer }>`
    select workspace_id, account_id, sealed_secret from mail_provider_at(${key}, ${provider})`.execute(db);
  const row = rows[0];
  return row ? { workspaceId: row.workspace_id, accountId: row.account_id, sealedSecret: row.sealed_secret } : null;
}

const told = (trx: Trx, { workspaceId, accountId }: Place) => recordEvent(trx, workspaceId, { kind: 'account_changed', accountId });
