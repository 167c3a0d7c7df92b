import { sql } from 'kysely';
import { ConnectionLogin } from '#core/connection.ts';
import { Failure } from '#core/failure.ts';
import { usualGraphVersion } from '#core/graph-version.ts';
import { Platform } from '#core/platform-event.ts';
import type { Trx } from './database.ts';
import { recordEvent, recordEvents } from './events.ts';
import { channelOf } from './platform-accounts.ts';
import { brokenUnique } from './unique.ts';

type Place = { workspaceId: string; accountId: string };
/** A token as it was given: when, until when, and for which app. */
export type SealedToken = { sealed: Buffer; at: Date | null; endsAt: Date | null; dataEndsAt: Date | null; appId: string | null };
export type NewConnection = {
  workspaceId: string;
  platform: Platform;
  name: string;
  externalId: string;
  nodeId: string;
  businessId: string | null;
  username: string | null;
  login: ConnectionLogin;
  token: SealedToken;
  graphUrl: string;
  graphVersion: string;
  facts: Record<string, string>;
  now: Date;
};

/** What a call on the account's behalf needs. */
export type Connection = {
  accountId: string;
  workspaceId: string;
  platform: Platform;
  externalId: string;
  nodeId: string;
  businessId: string | null;
  login: ConnectionLogin;
  sealedToken: Buffer;
  tokenAt: Date | null;
  tokenEndsAt: Date | null;
  appId: string | null;
  graphUrl: string;
  graphVersion: string;
  connectedAt: Date;
  syncedAt: Date | null;
};

/** Throws `wrong_state` when it is disconnected, or has never had a token. */
export async function openConnection(trx: Trx, accountId: string): Promise<Connection> {
  const row = await trx.selectFrom('platform_accounts').selectAll().where('account_id', '=', accountId).executeTakeFirst();
  if (!row) throw new Failure('not_found');
  if (row.disconnected_at || !row.sealed_token) throw notConnected();
  return {
    accountId,
    workspaceId: row.workspace_id,
    platform: Platform.parse(row.platform),
    externalId: row.external_id,
    nodeId: row.node_id,
    businessId: row.business_id,
    login: ConnectionLogin.parse(row.login),
    sealedToken: row.sealed_token,
    tokenAt: row.token_at,
    tokenEndsAt: row.token_ends_at,
    appId: row.app_id,
    graphUrl: row.graph_url ?? '',
    graphVersion: row.graph_version ?? usualGraphVersion,
    connectedAt: row.connected_at,
    syncedAt: row.synced_at,
  };
}

const notConnected = (): Failure => new Failure('wrong_state', 'This account is not connected. Connect it again.');

/** Whoever connects asks for a sync at once; this is for when that is lost. */
const firstDueMs = 5 * 60_000;

/** A new account, or one of this workspace that was connected before: it keeps its name and conversations. Answers its id. */
export async function saveConnection(trx: Trx, fields: NewConnection): Promise<string> {
  const { workspaceId, platform, externalId, now } = fields;
  const known = await trx
    .selectFrom('platform_accounts')
    .select('account_id')
    .where('platform', '=', platform)
    .where('external_id', '=', externalId)
    .executeTakeFirst();
  const accountId = known?.account_id ?? (await addAccount(trx, fields));
  const own = {
    ...connectionColumns(fields),
    connected_at: now,
    disconnected_at: null,
    subscribed_at: null,
    check_due_at: new Date(now.getTime() + firstDueMs),
    sync_due_at: new Date(now.getTime() + firstDueMs),
  };
  const row = { ...own, account_id: accountId, workspace_id: workspaceId, platform, external_id: externalId };
  await trx
    .insertInto('platform_accounts')
    .values(row)
    .onConflict((conflict) => conflict.column('account_id').doUpdateSet(own))
    .execute()
    .catch(takenElsewhere);
  await recordEvents(trx, workspaceId, [
    { kind: 'platform_connected', accountId },
    { kind: 'account_changed', accountId },
  ]);
  return accountId;
}

/** A token in place of the one before; whatever was wrong with that is over. Throws `wrong_state` when it was disconnected meanwhile. */
export async function renewToken(trx: Trx, { workspaceId, accountId }: Place, token: SealedToken): Promise<void> {
  const { numUpdatedRows } = await trx
    .updateTable('platform_accounts')
    .set(tokenColumns(token))
    .where('account_id', '=', accountId)
    .where('disconnected_at', 'is', null)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) throw notConnected();
  await recordEvent(trx, workspaceId, { kind: 'account_changed', accountId });
}

export async function changeConnection(
  trx: Trx,
  { workspaceId, accountId }: Place,
  { name, ...change }: { name?: string; graphUrl?: string; graphVersion?: string },
): Promise<void> {
  if (name !== undefined)
    await trx.updateTable('accounts').set({ name, updated_at: sql<Date>`now()` }).where('id', '=', accountId).execute().catch(nameTaken);
  const own = { graph_url: change.graphUrl, graph_version: change.graphVersion };
  if (Object.values(own).some((value) => value !== undefined))
    await trx.updateTable('platform_accounts').set(own).where('account_id', '=', accountId).execute();
  await recordEvent(trx, workspaceId, { kind: 'account_changed', accountId });
}

/** Forgets the token. The account stays with its conversations, and can be connected again. */
export async function closeConnection(trx: Trx, { workspaceId, accountId }: Place, now: Date): Promise<void> {
  const own = { sealed_token: null, disconnected_at: now, subscribed_at: null, sync_started_at: null, token_ends_at: null, data_ends_at: null };
  const closed = await trx
    .updateTable('platform_accounts')
    .set(own)
    .where('account_id', '=', accountId)
    .where('disconnected_at', 'is', null)
    .executeTakeFirst();
  if (closed.numUpdatedRows === 0n) return;
  await recordEvents(trx, workspaceId, [
    { kind: 'platform_disconnected', accountId },
    { kind: 'account_changed', accountId },
  ]);
}

/** Which of these ids are connected in this workspace. */
export async function connectedAmong(trx: Trx, platform: Platform, externalIds: readonly string[]): Promise<Set<string>> {
  const rows = await trx
    .selectFrom('platform_accounts')
    .select('external_id')
    .where('platform', '=', platform)
    .where('external_id', 'in', externalIds.length > 0 ? externalIds : [''])
    .where('disconnected_at', 'is', null)
    .execute();
  return new Set(rows.map((row) => row.external_id));
}

/** Whether another connected account, in any workspace, hears by the same subscription: a number of the business, the other side of the page. */
export async function sharesSubscription(trx: Trx, { accountId, platform, nodeId, businessId }: Connection): Promise<boolean> {
  const node = platform === 'whatsapp' ? businessId : nodeId;
  const { rows } = await sql<{
    is_shared: boolean;
  }>`select shares_subscription(${accountId}, ${platform === 'whatsapp'}, ${node}) as is_shared`.execute(trx);
  return rows[0]?.is_shared ?? false;
}

async function addAccount(trx: Trx, { workspaceId, platform, name, username, externalId }: NewConnection): Promise<string> {
  const { id } = await trx
    .insertInto('accounts')
    .values({
      workspace_id: workspaceId,
      channel: channelOf[platform],
      name: await freeName(trx, name),
      identity: username ?? externalId,
      addressed_by: platform === 'whatsapp' ? 'phone' : 'scoped_id',
    })
    .returning('id')
    .executeTakeFirstOrThrow()
    .catch(nameTaken);
  return id;
}

/** Pages of one owner may have one name, and the platform's names may be those of other accounts here. */
async function freeName(trx: Trx, wanted: string): Promise<string> {
  const { rows } = await sql<{ name: string }>`
    select name from (select ${wanted}::text as name, 1 as number union all select left(${wanted}, 74) || ' (' || number || ')', number from generate_series(2, 200) number) n
     where not exists (select from accounts a where a.name = n.name) order by number limit 1`.execute(trx);
  return rows[0]?.name ?? wanted;
}

const connectionColumns = (fields: NewConnection) => ({
  node_id: fields.nodeId,
  business_id: fields.businessId,
  username: fields.username,
  login: fields.login,
  graph_url: fields.graphUrl,
  graph_version: fields.graphVersion,
  facts: JSON.stringify(fields.facts),
  checked_at: fields.now,
  ...tokenColumns(fields.token),
});

const tokenColumns = (token: SealedToken) => ({
  sealed_token: token.sealed,
  token_at: token.at,
  token_ends_at: token.endsAt,
  data_ends_at: token.dataEndsAt,
  app_id: token.appId,
  broken_at: null,
  broken_why: null,
  warned_at: null,
  warns: null,
  warning: null,
});

function takenElsewhere(error: unknown): never {
  if (brokenUnique(error) !== 'platform_accounts_connected') throw error;
  throw new Failure('already_exists', 'This account is connected in another workspace. Disconnect it there first.', { cause: error });
}

function nameTaken(error: unknown): never {
  if (brokenUnique(error) !== 'accounts_workspace_id_name_key') throw error;
  throw new Failure('already_exists', 'An account with this name exists already.', { fields: { name: 'is taken' }, cause: error });
}
