import { sql } from 'kysely';
import { Failure } from '#core/failure.ts';
import type { Trx } from './database.ts';
import { recordEvent, recordEvents } from './events.ts';
import { instant } from './instant.ts';
import { brokenUnique } from './unique.ts';

type PoolRow = { id: string; name: string; proxies: number; ready: number; used_by: number; created_at: Date; updated_at: Date };

export async function listProxyPools(trx: Trx) {
  return (await selectPools(trx, null)).map(toPool);
}

export async function readProxyPool(trx: Trx, poolId: string) {
  const [row] = await selectPools(trx, poolId);
  if (!row) throw new Failure('not_found');
  return toPool(row);
}

export async function addProxyPool(trx: Trx, workspaceId: string, name: string): Promise<string> {
  const { id } = await trx
    .insertInto('proxy_pools')
    .values({ workspace_id: workspaceId, name })
    .returning('id')
    .executeTakeFirstOrThrow()
    .catch(nameTaken);
  await recordEvent(trx, workspaceId, { kind: 'proxy_pool_changed', poolId: id });
  return id;
}

export async function renameProxyPool(trx: Trx, workspaceId: string, poolId: string, name: string | undefined): Promise<void> {
  await trx.updateTable('proxy_pools').set({ name, updated_at: sql<Date>`now()` }).where('id', '=', poolId).execute().catch(nameTaken);
  await recordEvent(trx, workspaceId, { kind: 'proxy_pool_changed', poolId });
}

/** Its proxies stay. Throws `in_use` that names the profiles which choose from it. */
export async function removeProxyPool(trx: Trx, workspaceId: string, poolId: string): Promise<void> {
  await lockPool(trx, poolId);
  const users = await trx
    .selectFrom('profiles')
    .innerJoin('accounts', 'accounts.id', 'profiles.account_id')
    .select('accounts.name')
    .where('profiles.pool_id', '=', poolId)
    .orderBy('accounts.name')
    .execute();
  if (users.length > 0) throw new Failure('in_use', `${namesOf(users)} out through this pool. Choose another way out for them first.`);
  await trx.deleteFrom('proxy_pools').where('id', '=', poolId).execute();
  await recordEvent(trx, workspaceId, { kind: 'proxy_pool_changed', poolId });
}

/**
 * The proxy of a pool that a profile gets: one that answers before one that does not, and of these the least used. It is asked for once; then
 * the profile keeps it, because an exit address that changes can end a messenger's session. Null when the pool is empty.
 */
export async function chooseProxy(trx: Trx, poolId: string, except: string | null = null): Promise<string | null> {
  // One choice at a time: two profiles that choose at once would both take the least used.
  await lockPool(trx, poolId);
  const { rows } = await sql<{ id: string }>`
    select x.id from proxies x where x.pool_id = ${poolId} and x.id is distinct from ${except}::uuid
     order by x.opened_at is not null, coalesce((x.check_result ->> 'ok')::boolean, true) desc,
              (select count(*) from profiles p where p.proxy_id = x.id), x.name limit 1`.execute(trx);
  return rows[0]?.id ?? null;
}

/**
 * The proxy goes away from its pool (`keepsDirect`: but stays for those that named it). Profiles that chose from the pool move to another proxy of
 * it. Throws `in_use` with the names of those that cannot.
 */
export async function leaveProxy(
  trx: Trx,
  workspaceId: string,
  { proxyId, poolId, keepsDirect }: { proxyId: string; poolId: string | null; keepsDirect: boolean },
): Promise<void> {
  const users = await trx
    .selectFrom('profiles')
    .innerJoin('accounts', 'accounts.id', 'profiles.account_id')
    .select(['accounts.id', 'accounts.name', 'profiles.pool_id'])
    .where('profiles.proxy_id', '=', proxyId)
    .orderBy('accounts.name')
    .execute();
  const stuck = keepsDirect ? [] : users.filter((user) => user.pool_id === null);
  const moving = users.filter((user) => user.pool_id !== null);
  for (const user of moving) {
    const other = poolId === null ? null : await chooseProxy(trx, poolId, proxyId);
    if (other === null) stuck.push(user);
    else await trx.updateTable('profiles').set({ proxy_id: other }).where('account_id', '=', user.id).execute();
  }
  if (stuck.length > 0) throw new Failure('in_use', `${namesOf(stuck)} out through this proxy. Choose another way out for them first.`);
  if (moving.length > 0)
    await recordEvents(
      trx,
      workspaceId,
      moving.map((user) => ({ kind: 'profile_changed', profileId: user.id })),
    );
}

/** A foreign key does not look at row policies, so another workspace's pool would pass it. */
export async function refuseForeignPool(trx: Trx, poolId: string | null): Promise<void> {
  if (poolId === null) return;
  const pool = await trx.selectFrom('proxy_pools').select('id').where('id', '=', poolId).executeTakeFirst();
  if (!pool) throw new Failure('not_found', 'The pool does not exist.', { fields: { poolId: 'is not a pool of this workspace' } });
}

async function lockPool(trx: Trx, poolId: string): Promise<void> {
  const { rows } = await sql`select id from proxy_pools where id = ${poolId} for update`.execute(trx);
  if (rows.length === 0) throw new Failure('not_found');
}

async function selectPools(trx: Trx, poolId: string | null): Promise<PoolRow[]> {
  const { rows } = await sql<PoolRow>`
    select o.id, o.name, o.created_at, o.updated_at, (select count(*)::int from profiles p where p.pool_id = o.id) as used_by, c.proxies, c.ready
      from proxy_pools o cross join lateral (
        select count(*)::int as proxies,
               (count(*) filter (where x.opened_at is null and coalesce((x.check_result ->> 'ok')::boolean, true)))::int as ready
          from proxies x where x.pool_id = o.id) c
     ${poolId ? sql`where o.id = ${poolId}` : sql``} order by o.name`.execute(trx);
  return rows;
}

const mostNames = 5;

/** `Ann, Bob and 3 more go`: with so many profiles a list of all would hide what is to be done. */
function namesOf(users: readonly { name: string }[]): string {
  const names = users.slice(0, mostNames).map((user) => user.name);
  const more = users.length - names.length;
  return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''} ${users.length === 1 ? 'goes' : 'go'}`;
}

function nameTaken(error: unknown): never {
  if (brokenUnique(error) !== 'proxy_pools_workspace_id_name_key') throw error;
  throw new Failure('already_exists', 'A pool with this name exists already.', { fields: { name: 'is taken' }, cause: error });
}

function toPool(row: PoolRow) {
  const { used_by: usedBy, created_at: createdAt, updated_at: updatedAt, ...others } = row;
  return { ...others, usedBy, createdAt: instant(createdAt), updatedAt: instant(updatedAt) };
}
