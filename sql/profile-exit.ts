import { Failure } from '#core/failure.ts';
import type { Trx } from './database.ts';
import { chooseProxy, refuseForeignPool } from './proxy-pools.ts';

/** What was asked for: left out stays as it is. No proxy beside a pool means that one of it is to be chosen. */
type Asked = { proxyId: string | null | undefined; poolId: string | null | undefined };
type Exit = { proxy_id?: string | null; pool_id: string | null; goes_out?: 'direct' | 'proxy' };

/**
 * How a profile goes out from now on. A proxy that was chosen from the pool is kept as long as it belongs to it: an exit address that changes can
 * end a messenger's session. Without a proxy that is left in its pool a profile is held, and never goes out directly.
 */
export async function exitOf(trx: Trx, { proxyId, poolId }: Asked, before: { proxyId: string | null; poolId: string | null } | null): Promise<Exit> {
  const named = proxyId ? await poolOfProxy(trx, proxyId) : null;
  if (poolId) {
    await refuseForeignPool(trx, poolId);
    if (named && named.poolId !== poolId) {
      throw new Failure('invalid_input', 'This proxy is not one of the pool.', { fields: { proxyId: 'is not a proxy of the pool' } });
    }
    const kept = before?.proxyId ? await poolOfProxy(trx, before.proxyId) : null;
    const chosen = proxyId ?? (kept?.poolId === poolId ? (before?.proxyId ?? null) : await chooseProxy(trx, poolId));
    return { proxy_id: chosen, pool_id: poolId, goes_out: 'proxy' };
  }
  if (proxyId === undefined) return { pool_id: null };
  // Moved by hand to another proxy of its pool, it still belongs to it.
  const stays = poolId === undefined && named !== null && named.poolId !== null && named.poolId === before?.poolId;
  return { proxy_id: proxyId, pool_id: stays ? named.poolId : null, goes_out: proxyId === null ? 'direct' : 'proxy' };
}

/** A foreign key does not look at row policies, so another workspace's proxy would pass it. */
async function poolOfProxy(trx: Trx, proxyId: string): Promise<{ poolId: string | null }> {
  const proxy = await trx.selectFrom('proxies').select('pool_id').where('id', '=', proxyId).executeTakeFirst();
  if (!proxy) throw new Failure('proxy_missing', undefined, { fields: { proxyId: 'is not a proxy of this workspace' } });
  return { poolId: proxy.pool_id };
}
