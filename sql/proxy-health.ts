import { sql } from 'kysely';
import type { z } from 'zod';
import type { ProxyCheck } from '#core/api/proxies.ts';
import { Failure } from '#core/failure.ts';
import { afterTry, breakerState, type ProxyTry } from '#core/proxy-breaker.ts';
import { type Db, inWorkspace, type Trx } from './database.ts';
import { recordEvent } from './events.ts';
import { kindOf } from './proxies.ts';
import type { Queue } from './queue.ts';

/** What connecting needs; the password stays sealed until then. `target` is a site that a profile behind this proxy opens. */
export type ProxyAccess = {
  kind: 'http' | 'https' | 'socks5h';
  host: string;
  port: number;
  username: string | null;
  sealedPassword: Buffer | null;
  target: string | null;
};
export type ProxyPlace = { workspaceId: string; proxyId: string };
/** A proxy that nobody may try before `retryAt`. */
export type OpenProxy = ProxyPlace & { retryAt: Date; why: string | null };

/** While one worker tries a proxy whose time is over, the others do not. Longer than a check may take. */
const trialSeconds = 30;

export async function readProxyAccess(trx: Trx, proxyId: string): Promise<ProxyAccess> {
  const row = await trx
    .selectFrom('proxies')
    .select(['kind', 'host', 'port', 'username', 'sealed_password'])
    .select(sql<string | null>`(select base_url from profiles where profiles.proxy_id = proxies.id limit 1)`.as('target'))
    .where('id', '=', proxyId)
    .executeTakeFirst();
  if (!row) throw new Failure('not_found');
  const { sealed_password: sealedPassword, kind, ...access } = row;
  return { ...access, kind: kindOf(kind), sealedPassword };
}

/** Writes what one try has shown. Answers whether the breaker opened or closed by it; does nothing for a proxy that is gone. */
export async function noteProxyTry(
  trx: Trx,
  place: ProxyPlace,
  one: ProxyTry & { why: string | null },
  now: Date,
): Promise<'opened' | 'closed' | null> {
  const row = await trx
    .selectFrom('proxies')
    .select(['failures', 'opened_at', 'retry_at', 'trips', 'tries'])
    .where('id', '=', place.proxyId)
    .forUpdate()
    .executeTakeFirst();
  if (!row) return null;
  const before = { failures: row.failures, openedAt: row.opened_at, retryAt: row.retry_at, trips: row.trips, tries: row.tries };
  const after = afterTry(before, one, now);
  await trx
    .updateTable('proxies')
    .set({
      failures: after.failures,
      opened_at: after.openedAt,
      retry_at: after.retryAt,
      trips: after.trips,
      tries: after.tries,
      ...(one.ok ? {} : { last_error: one.why, last_error_at: now }),
    })
    .where('id', '=', place.proxyId)
    .execute();
  await recordEvent(trx, place.workspaceId, { kind: 'proxy_changed', proxyId: place.proxyId });
  const [was, is] = [breakerState(before, now) === 'closed', after.openedAt === null];
  if (was === is) return null;
  return is ? 'closed' : 'opened';
}

/** Keeps what a check said; it is a try like any other. */
export async function noteProxyCheck(trx: Trx, place: ProxyPlace, asked: { check: z.output<typeof ProxyCheck>; isTrial: boolean; now: Date }) {
  const { check, isTrial, now } = asked;
  await trx
    .updateTable('proxies')
    .set({ checked_at: sql<Date>`clock_timestamp()`, check_result: JSON.stringify(check) })
    .where('id', '=', place.proxyId)
    .execute();
  return noteProxyTry(trx, place, { ok: check.ok, isTrial, why: check.why }, now);
}

/** Asks workers to check every proxy of the workspace. Answers how many. */
export async function askProxyChecks(trx: Trx, queue: Queue, workspaceId: string): Promise<number> {
  const rows = await trx.updateTable('proxies').set({ check_asked_at: sql<Date>`clock_timestamp()` }).returning('id').execute();
  for (const { id } of rows) {
    await queue.send('proxy_check', { workspaceId, proxyId: id }, { trx });
    await recordEvent(trx, workspaceId, { kind: 'proxy_changed', proxyId: id });
  }
  return rows.length;
}

export async function openProxies(db: Db): Promise<OpenProxy[]> {
  const { rows } = await sql<{
    workspace_id: string;
    proxy_id: string;
    retry_at: Date;
    last_error: string | null;
  }>`select * from open_proxies()`.execute(db);
  return rows.map((row) => ({ workspaceId: row.workspace_id, proxyId: row.proxy_id, retryAt: row.retry_at, why: row.last_error }));
}

/** Takes the single try of a proxy whose time is over. False when another worker has it, or when the breaker has closed. */
export async function takeProxyTrial(db: Db, { workspaceId, proxyId }: ProxyPlace, now: Date): Promise<boolean> {
  const { numUpdatedRows } = await inWorkspace(db, workspaceId, (trx) =>
    trx
      .updateTable('proxies')
      .set({ retry_at: new Date(now.getTime() + trialSeconds * 1000) })
      .where('id', '=', proxyId)
      .where('opened_at', 'is not', null)
      .where('retry_at', '<=', now)
      .executeTakeFirst(),
  );
  return numUpdatedRows > 0n;
}
