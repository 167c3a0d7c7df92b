import { type SelectQueryBuilder, sql } from 'kysely';
import { Failure } from '#core/failure.ts';
import { Ceilings } from '#core/policy.ts';
import { removeAccount } from './accounts.ts';
import type { Trx } from './database.ts';
import { recordEvent } from './events.ts';
import { instant } from './instant.ts';
import { brokenUnique } from './unique.ts';

type Security = 'tls' | 'starttls' | 'none';
export type MailFields = {
  name: string;
  useCatcher: boolean;
  host: string;
  port: number;
  security: Security;
  username?: string | null;
  sealedPassword?: Buffer | null;
  fromName: string;
  fromAddress: string;
  bounceAddress: string | null;
  pool: number;
  ceilings: Ceilings;
};

export async function listMailAccounts(trx: Trx) {
  const rows = await selectMail(trx).orderBy('accounts.name').execute();
  return rows.map(toMailAccount);
}

export async function readMailAccount(trx: Trx, accountId: string) {
  const row = await selectMail(trx).where('accounts.id', '=', accountId).executeTakeFirst();
  if (!row) throw new Failure('not_found');
  return toMailAccount(row);
}

export async function addMailAccount(trx: Trx, workspaceId: string, fields: MailFields) {
  const { id } = await trx
    .insertInto('accounts')
    .values({
      workspace_id: workspaceId,
      channel: 'email',
      addressed_by: 'email',
      name: fields.name,
      identity: fields.fromAddress,
      ceilings: JSON.stringify(fields.ceilings),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
    .catch(nameTaken);
  const { host, port, security, username, pool } = fields;
  await trx
    .insertInto('mail_accounts')
    .values({
      account_id: id,
      workspace_id: workspaceId,
      use_catcher: fields.useCatcher,
      host,
      port,
      security,
      username,
      sealed_password: fields.sealedPassword,
      from_name: fields.fromName,
      from_address: fields.fromAddress,
      bounce_address: fields.bounceAddress,
      pool,
    })
    .execute();
  await recordEvent(trx, workspaceId, { kind: 'account_changed', accountId: id });
  return readMailAccount(trx, id);
}

export async function changeMailAccount(trx: Trx, ask: { workspaceId: string; accountId: string; change: Partial<MailFields> }) {
  const { accountId, change } = ask;
  await readMailAccount(trx, accountId);
  await trx
    .updateTable('accounts')
    .set({
      name: change.name,
      identity: change.fromAddress,
      ceilings: change.ceilings && JSON.stringify(change.ceilings),
      updated_at: sql<Date>`now()`,
    })
    .where('id', '=', accountId)
    .execute()
    .catch(nameTaken);
  const own = {
    use_catcher: change.useCatcher,
    host: change.host,
    port: change.port,
    security: change.security,
    username: change.username,
    sealed_password: change.sealedPassword,
    from_name: change.fromName,
    from_address: change.fromAddress,
    bounce_address: change.bounceAddress,
    pool: change.pool,
  };
  if (Object.values(own).some((value) => value !== undefined)) {
    await trx.updateTable('mail_accounts').set(own).where('account_id', '=', accountId).execute();
  }
  await recordEvent(trx, ask.workspaceId, { kind: 'account_changed', accountId });
  return readMailAccount(trx, accountId);
}

/** Throws `in_use` while messages wait on it or a campaign sends from it. */
export async function removeMailAccount(trx: Trx, workspaceId: string, accountId: string): Promise<void> {
  await readMailAccount(trx, accountId);
  await removeAccount(trx, accountId);
  await recordEvent(trx, workspaceId, { kind: 'account_changed', accountId });
}

function selectMail(trx: Trx) {
  return trx
    .selectFrom('accounts')
    .innerJoin('mail_accounts', 'mail_accounts.account_id', 'accounts.id')
    .selectAll('mail_accounts')
    .select(['accounts.id', 'accounts.name', 'accounts.ceilings', 'accounts.created_at', 'accounts.updated_at'])
    .leftJoin('mail_boxes', 'mail_boxes.account_id', 'accounts.id')
    .select(['mail_boxes.read_at as box_read_at', 'mail_boxes.error as box_error'])
    .select(
      sql<number>`(select count(*)::int from bounces b where b.account_id = accounts.id and b.kind = 'policy' and b.at > now() - interval '1 day')`.as(
        'policy_refusals',
      ),
    );
}
type Selected = ReturnType<typeof selectMail> extends SelectQueryBuilder<infer _D, infer _T, infer Row> ? Row : never;

function nameTaken(error: unknown): never {
  if (brokenUnique(error) !== 'accounts_workspace_id_name_key') throw error;
  throw new Failure('already_exists', 'An account with this name exists already.', { fields: { name: 'is taken' }, cause: error });
}

function toMailAccount(row: Selected) {
  return {
    id: row.id,
    name: row.name,
    useCatcher: row.use_catcher,
    host: row.host,
    port: row.port,
    security: row.security as Security, // The column's CHECK allows nothing else.
    username: row.username,
    hasPassword: row.sealed_password !== null,
    fromName: row.from_name,
    fromAddress: row.from_address,
    bounceAddress: row.bounce_address,
    pool: row.pool,
    ceilings: Ceilings.parse(row.ceilings),
    incoming: { isRead: row.box_read_at !== null && row.box_error === null, error: row.box_error, policyRefusals: row.policy_refusals },
    createdAt: instant(row.created_at),
    updatedAt: instant(row.updated_at),
  };
}
