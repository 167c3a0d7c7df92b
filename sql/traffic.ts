import { sql } from 'kysely';
import { type Db, inWorkspace, type Trx } from './database.ts';

type Traffic = { sentBytes: number; receivedBytes: number };
export type TrafficOf = Traffic & { workspaceId: string; accountId: string };

/** Adds what has passed the hops of profiles to their day. A profile that was removed meanwhile is left out. */
export async function addTraffic(db: Db, passed: readonly TrafficOf[]): Promise<void> {
  for (const [workspaceId, ofOne] of Map.groupBy(passed, (one) => one.workspaceId)) {
    await inWorkspace(db, workspaceId, (trx) =>
      sql`insert into profile_traffic as t (account_id, day, workspace_id, sent_bytes, received_bytes)
        select p.account_id, (now() at time zone 'UTC')::date, p.workspace_id, one."sentBytes", one."receivedBytes"
          from jsonb_to_recordset(${JSON.stringify(ofOne)}::jsonb) one ("accountId" uuid, "sentBytes" bigint, "receivedBytes" bigint)
               join profiles p on p.account_id = one."accountId"
        on conflict (account_id, day) do update set sent_bytes = t.sent_bytes + excluded.sent_bytes, received_bytes = t.received_bytes + excluded.received_bytes`.execute(
        trx,
      ),
    );
  }
}

const shownDays = 30;

/** The newest days first; a day on which nothing passed has no row. */
export async function readTraffic(trx: Trx, profileId: string): Promise<(Traffic & { day: string })[]> {
  const { rows } = await sql<{ day: string; sent_bytes: number; received_bytes: number }>`
    select to_char(day, 'YYYY-MM-DD') as day, sent_bytes, received_bytes from profile_traffic
     where account_id = ${profileId} and day > (now() at time zone 'UTC')::date - ${shownDays}::integer order by day desc`.execute(trx);
  return rows.map((row) => ({ day: row.day, sentBytes: row.sent_bytes, receivedBytes: row.received_bytes }));
}
