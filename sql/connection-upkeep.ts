import { sql } from 'kysely';
import { syncLastsMinutes } from './connection-list.ts';
import type { Db, Trx } from './database.ts';
import { recordEvent } from './events.ts';

type Place = { workspaceId: string; accountId: string };

export async function noteSubscribed(trx: Trx, { workspaceId, accountId }: Place, now: Date): Promise<void> {
  await trx.updateTable('platform_accounts').set({ subscribed_at: now }).where('account_id', '=', accountId).execute();
  await recordEvent(trx, workspaceId, { kind: 'account_changed', accountId });
}

/** The platform took the token; what it says of its ends and of the number. */
export async function noteChecked(
  trx: Trx,
  { workspaceId, accountId }: Place,
  { now, facts, ends }: { now: Date; facts?: Record<string, string>; ends?: { endsAt: Date | null; dataEndsAt: Date | null } },
): Promise<void> {
  await trx
    .updateTable('platform_accounts')
    .set({
      checked_at: now,
      broken_at: null,
      broken_why: null,
      ...(facts && { facts: JSON.stringify(facts) }),
      ...(ends && { token_ends_at: ends.endsAt, data_ends_at: ends.dataEndsAt }),
    })
    .where('account_id', '=', accountId)
    .execute();
  await recordEvent(trx, workspaceId, { kind: 'account_changed', accountId });
}

/** The platform does not take the token any more. Nothing is asked of it until a person has connected the account again. */
export async function noteBroken(trx: Trx, { workspaceId, accountId }: Place, { now, why }: { now: Date; why: string }): Promise<void> {
  await sql`update platform_accounts set broken_at = coalesce(broken_at, ${now}), broken_why = ${why.slice(0, 500)}, checked_at = ${now}, sync_started_at = null
    where account_id = ${accountId} and disconnected_at is null`.execute(trx);
  await recordEvent(trx, workspaceId, { kind: 'account_changed', accountId });
}

/** Answers whether this caller may sync now: one at a time for each account. */
export async function startSync(trx: Trx, { workspaceId, accountId }: Place, now: Date): Promise<boolean> {
  const { rows } = await sql<{ account_id: string }>`
    update platform_accounts set sync_started_at = ${now}, sync_error = null where account_id = ${accountId} and disconnected_at is null and sealed_token is not null
       and (sync_started_at is null or sync_started_at < ${now}::timestamptz - make_interval(mins => ${syncLastsMinutes})) returning account_id`.execute(
    trx,
  );
  if (rows.length > 0) await recordEvent(trx, workspaceId, { kind: 'sync_started', accountId });
  return rows.length > 0;
}

/** With an error, the next sync looks at the same time again. */
export async function endSync(
  trx: Trx,
  { workspaceId, accountId }: Place,
  { startedAt, error }: { startedAt: Date; error: string | null },
): Promise<void> {
  await trx
    .updateTable('platform_accounts')
    .set({ sync_started_at: null, sync_error: error?.slice(0, 500) ?? null, ...(error === null && { synced_at: startedAt }) })
    .where('account_id', '=', accountId)
    .execute();
  await recordEvent(trx, workspaceId, { kind: 'sync_completed', accountId });
}

export type DueWork = Place & { wantsSync: boolean; wantsCheck: boolean };

/** Connected accounts, in every workspace, whose sync or check is due; each is due later from now on. */
export async function takeDueWork(db: Db, ask: { now: Date; syncMinutes: number; checkMinutes: number }): Promise<DueWork[]> {
  const { rows } = await sql<{ workspace_id: string; account_id: string; wants_sync: boolean; wants_check: boolean }>`
    select * from due_platform_work(${ask.now}, make_interval(mins => ${ask.syncMinutes}), make_interval(mins => ${ask.checkMinutes}))`.execute(db);
  return rows.map((row) => ({ workspaceId: row.workspace_id, accountId: row.account_id, wantsSync: row.wants_sync, wantsCheck: row.wants_check }));
}
