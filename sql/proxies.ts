import { type Selectable, sql } from 'kysely';
import { ProxyCheck } from '#core/api/proxies.ts';
import { Failure } from '#core/failure.ts';
import { breakerState, failureShareOf } from '#core/proxy-breaker.ts';
import { mismatchOf } from '#core/proxy-mismatch.ts';
import type { Trx } from './database.ts';
import { recordEvent } from './events.ts';
import { instant } from './instant.ts';
import { leaveProxy, refuseForeignPool } from './proxy-pools.ts';
import type { Proxies } from './tables.ts';
import { brokenUnique } from './unique.ts';

type Kind = 'http' | 'https' | 'socks5h';
export type ProxyFields = {
  name: string;
  kind: Kind;
  host: string;
  port: number;
  username?: string | null;
  sealedPassword?: Buffer | null;
  poolId?: string | null;
};
type Profile = { id: string; name: string; zone: string; locale: string };
type ProxyRow = Selectable<Proxies> & { pool_name: string | null; profiles: Profile[] };

/** A check that a dead worker took along is no longer waited for. */
const checkSeconds = 120;

export async function listProxies(trx: Trx, now: Date) {
  return (await selectProxies(trx, null)).map((row) => toProxy(row, now));
}

export async function readProxy(trx: Trx, proxyId: string, now: Date) {
  const [row] = await selectProxies(trx, proxyId);
  if (!row) throw new Failure('not_found');
  return toProxy(row, now);
}

export async function addProxy(trx: Trx, workspaceId: string, fields: ProxyFields): Promise<string> {
  const { sealedPassword, poolId, ...values } = fields;
  await refuseForeignPool(trx, poolId ?? null);
  const row = await trx
    .insertInto('proxies')
    .values({ workspace_id: workspaceId, ...values, pool_id: poolId, sealed_password: sealedPassword })
    .returning('id')
    .executeTakeFirstOrThrow()
    .catch(nameTaken);
  await recordEvent(trx, workspaceId, { kind: 'proxy_changed', proxyId: row.id });
  return row.id;
}

/** What is not given stays. A change of where it leads makes what was learned of it meaningless, so that is forgotten. */
export async function changeProxy(trx: Trx, workspaceId: string, proxyId: string, change: Partial<ProxyFields>): Promise<void> {
  const { sealedPassword, poolId, ...values } = change;
  const before = await lockProxy(trx, proxyId);
  if (poolId !== undefined && poolId !== before.pool_id) {
    await refuseForeignPool(trx, poolId);
    await leaveProxy(trx, workspaceId, { proxyId, poolId: before.pool_id, keepsDirect: true });
  }
  const leadsElsewhere = Object.keys(change).some((name) => name !== 'name' && name !== 'poolId');
  await trx
    .updateTable('proxies')
    .set({
      ...values,
      pool_id: poolId,
      sealed_password: sealedPassword,
      updated_at: sql<Date>`now()`,
      ...(leadsElsewhere ? forgotten : {}),
    })
    .where('id', '=', proxyId)
    .execute()
    .catch(nameTaken);
  await recordEvent(trx, workspaceId, { kind: 'proxy_changed', proxyId });
}

const forgotten = {
  checked_at: null,
  check_result: null,
  failures: 0,
  opened_at: null,
  retry_at: null,
  trips: 0,
  tries: '',
  last_error: null,
  last_error_at: null,
};

/**
 * Profiles of its pool move to another proxy of it. Throws `in_use` that names the profiles which have no other way out: without a proxy they
 * could show the host's own address.
 */
export async function removeProxy(trx: Trx, workspaceId: string, proxyId: string): Promise<void> {
  // Locked first: a profile that chooses this proxy at the same moment waits, and then finds it gone.
  const proxy = await lockProxy(trx, proxyId);
  await leaveProxy(trx, workspaceId, { proxyId, poolId: proxy.pool_id, keepsDirect: false });
  await trx.deleteFrom('proxies').where('id', '=', proxyId).execute();
  await recordEvent(trx, workspaceId, { kind: 'proxy_changed', proxyId });
}

/** Names and places of all proxies of the workspace, to see what a pasted one would repeat. */
export async function readProxyPlaces(trx: Trx): Promise<{ name: string; kind: string; host: string; port: number; username: string | null }[]> {
  return trx.selectFrom('proxies').select(['name', 'kind', 'host', 'port', 'username']).execute();
}

async function lockProxy(trx: Trx, proxyId: string) {
  const row = await trx.selectFrom('proxies').select(['id', 'pool_id']).where('id', '=', proxyId).forUpdate().executeTakeFirst();
  if (!row) throw new Failure('not_found');
  return row;
}

async function selectProxies(trx: Trx, proxyId: string | null): Promise<ProxyRow[]> {
  const { rows } = await sql<ProxyRow>`
    select x.*, o.name as pool_name,
           coalesce((select jsonb_agg(jsonb_build_object('id', a.id, 'name', a.name, 'zone', p.zone, 'locale', p.locale) order by a.name)
                       from profiles p join accounts a on a.id = p.account_id where p.proxy_id = x.id), '[]') as profiles
      from proxies x left join proxy_pools o on o.id = x.pool_id
     ${proxyId ? sql`where x.id = ${proxyId}` : sql``} order by x.name`.execute(trx);
  return rows;
}

function nameTaken(error: unknown): never {
  if (brokenUnique(error) !== 'proxies_workspace_id_name_key') throw error;
  throw new Failure('already_exists', 'A proxy with this name exists already.', { fields: { name: 'is taken' }, cause: error });
}

export function kindOf(kind: string): Kind {
  return kind as Kind; // The column's CHECK allows nothing else.
}

function toProxy(row: ProxyRow, now: Date) {
  const check = row.check_result === null ? null : ProxyCheck.parse(row.check_result);
  const asked = row.check_asked_at;
  return {
    id: row.id,
    name: row.name,
    kind: kindOf(row.kind),
    host: row.host,
    port: row.port,
    username: row.username,
    hasPassword: row.sealed_password !== null,
    poolId: row.pool_id,
    poolName: row.pool_name,
    usedBy: row.profiles.length,
    profiles: row.profiles.map(({ id, name, zone, locale }) => ({ id, name, mismatch: mismatchOf({ zone, locale }, check?.country ?? null) })),
    breaker: {
      state: breakerState({ openedAt: row.opened_at, retryAt: row.retry_at }, now),
      failures: row.failures,
      openedAt: instant(row.opened_at),
      retryAt: instant(row.retry_at),
    },
    failureShare: failureShareOf(row.tries),
    lastError: row.last_error,
    lastErrorAt: instant(row.last_error_at),
    isChecking: asked !== null && (row.checked_at === null || asked > row.checked_at) && now.getTime() - asked.getTime() < checkSeconds * 1000,
    checkedAt: instant(row.checked_at),
    check,
    createdAt: instant(row.created_at),
    updatedAt: instant(row.updated_at),
  };
}
