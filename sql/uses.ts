import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { Failure } from '#core/failure.ts';
import type { Db, Trx } from './database.ts';
import { hot } from './hot.ts';

/** What an account has used, oldest first, as far as any of its limits looks back. */
export type AccountUses = {
  account: Date[];
  cold: Date[];
  warm: Date[];
  proxy: Date[];
  /** The number of the account's newest use, and the time of its first one ever. */
  count: number;
  firstAt: Date | null;
};

/** More than a slice sends. */
const sliceUses = 10_000;

/**
 * Uses in the last 24 hours, each booked with `committing`, also the uncertain ones: of each kind as many of the newest as the highest of `limits`
 * that this slice can come to. One that is far away needs none: who sends fifty thousand mails does not read all of them every five seconds.
 */
export async function accountUses(
  trx: Trx,
  ask: { accountId: string; proxyId: string | null; now: Date; limits: readonly number[] },
): Promise<AccountUses> {
  const { rows } = await sql<{ kind: 'account' | 'cold' | 'warm' | 'proxy'; last: number; first_at: Date; times: Date[] }>`${hot}
    select k.kind, k.last, k.first_at,
           array(select u.at from uses u where u.key_id = k.id and u.number > k.last - near.most and u.at > ${ask.now}::timestamptz - interval '24 hours'
                  order by u.number) as times
      from (values ('account', ${ask.accountId}::text), ('cold', ${ask.accountId}::text), ('warm', ${ask.accountId}::text), ('proxy', ${ask.proxyId}::text)) w (kind, key)
           join use_keys k on k.workspace_id = current_workspace() and k.kind = w.kind and k.key = w.key
           cross join lateral (select max(l) as most from unnest(${[...ask.limits]}::bigint[]) l where l <= k.last + ${sliceUses}::bigint) near`.execute(
    trx,
  );
  const found = new Map(rows.map((row) => [row.kind, row]));
  const timesOf = (kind: 'account' | 'cold' | 'warm' | 'proxy') => found.get(kind)?.times ?? [];
  const own = found.get('account');
  return {
    account: timesOf('account'),
    cold: timesOf('cold'),
    warm: timesOf('warm'),
    proxy: timesOf('proxy'),
    count: own?.last ?? 0,
    firstAt: own?.first_at ?? null,
  };
}

/** How many of the newest messages of an account failed or are uncertain, and when the newest of them was begun. */
export async function newestEnds(
  trx: Trx,
  ask: { accountId: string; most: number },
): Promise<{ ended: number; failed: number; newestAt: Date | null }> {
  const { rows } = await sql<{ ended: number; failed: number; newest_at: Date | null }>`
    select count(*)::int as ended, count(*) filter (where d.state in ('failed', 'uncertain'))::int as failed, max(u.at) as newest_at
      from use_keys k join uses u on u.key_id = k.id and u.number > k.last - ${ask.most}::bigint join deliveries d on d.id = u.delivery_id
     where k.workspace_id = current_workspace() and k.kind = 'account' and k.key = ${ask.accountId}
       and d.state in ('sent', 'delivered', 'read', 'failed', 'uncertain')`.execute(trx);
  const row = rows[0];
  return { ended: row?.ended ?? 0, failed: row?.failed ?? 0, newestAt: row?.newest_at ?? null };
}

type Check = { workspaceId: string; accountId: string; most: number; now: Date };
const checkWindowMs = 86_400_000;

/** Books one look at a number, which is no message and has no delivery. Throws `too_many_requests` that says when the next one is free. */
export async function bookNumberCheck(trx: Trx, { workspaceId, accountId, most, now }: Check): Promise<void> {
  const { rows } = await sql<{ id: number; last: number; last_at: Date }>`
    select id, last, last_at from take_numbers(${workspaceId}, array['check'], array[${accountId}::text], array[1::bigint], ${now})`.execute(trx);
  const taken = rows[0];
  if (!taken) throw new Error('a number that is taken answers its row');
  // Use n is allowed once use n - most is as old as the window is long, as everywhere.
  const earlier = await trx
    .selectFrom('uses')
    .select('at')
    .where('key_id', '=', taken.id)
    .where('number', '=', taken.last - most)
    .executeTakeFirst();
  const freeAt = most === 0 ? new Date(now.getTime() + checkWindowMs) : new Date((earlier?.at.getTime() ?? 0) + checkWindowMs);
  if (freeAt > now)
    throw new Failure('too_many_requests', `This account has looked up ${most} numbers in 24 hours, which is its ceiling.`, { retryAt: freeAt });
  const use = { workspace_id: workspaceId, key_id: taken.id, number: taken.last, at: taken.last_at, delivery_id: randomUUID() };
  await trx.insertInto('uses').values(use).execute();
}

/** Drops uses of any workspace that are older than every window looks back; answers how many. */
export async function forgetUses(db: Db, before: Date): Promise<number> {
  const { rows } = await sql<{ forgotten: number }>`select forget_uses(${before}) as forgotten`.execute(db);
  return rows[0]?.forgotten ?? 0;
}
