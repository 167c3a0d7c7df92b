import { sql } from 'kysely';
import { z } from 'zod';
import type { RunKind } from '#core/api/runs.ts';
import { Failure } from '#core/failure.ts';
import { daysBefore, keptDays, keptUntil } from '#core/trace.ts';
import type { Db, Trx } from './database.ts';
import { instant } from './instant.ts';
import { Moment, moment, type PageAsk, pageOfRows, readCursor } from './page.ts';

type RunRow = {
  id: string;
  account_id: string;
  account_name: string;
  delivery_id: string | null;
  flow: string;
  outcome: string;
  why: string | null;
  started_at: Date;
  ended_at: Date;
  recipient: string | null;
  campaign_id: string | null;
  conversation_id: string | null;
};
const columns = sql`r.id, r.account_id, a.name as account_name, r.delivery_id, r.flow, r.outcome, r.why, r.started_at, r.ended_at,
  coalesce(nullif(d.name, ''), d.address) as recipient, d.campaign_id, d.conversation_id`;
const from = sql`runs r join accounts a on a.id = r.account_id left join deliveries d on d.id = r.delivery_id`;

/** Runs of one account, newest first, without their traces. */
export async function listRuns(trx: Trx, accountId: string, { cursor, limit, of }: PageAsk & { of: z.output<typeof RunKind> }) {
  const after = readCursor(cursor, z.tuple([Moment, z.uuid()]));
  const { rows } = await sql<RunRow & { moment: string }>`
    select ${columns}, ${moment('r.started_at')} as moment from ${from}
     where r.account_id = ${accountId}
       and (${of !== 'deliveries'} or r.delivery_id is not null) and (${of !== 'troubled'} or r.outcome in ('failed', 'refused', 'unknown'))
       and (${after?.[0] ?? null}::timestamptz is null or (r.started_at, r.id) < (${after?.[0] ?? null}::timestamptz, ${after?.[1] ?? null}::uuid))
     order by r.started_at desc, r.id desc limit ${limit + 1}`.execute(trx);
  const page = pageOfRows(rows, limit, (row) => [row.moment, row.id]);
  return { rows: page.rows.map(toRun), next: page.next };
}

/** One run with its trace, still sealed. */
export async function readRun(trx: Trx, runId: string) {
  const { rows } = await sql<RunRow & { sealed_trace: Buffer }>`select ${columns}, r.sealed_trace from ${from} where r.id = ${runId}`.execute(trx);
  const row = rows[0];
  if (!row) throw new Failure('not_found');
  return { run: toRun(row), sealedTrace: row.sealed_trace };
}

/** At most so many of any workspace, so that no statement holds thousands of pictures; a tick comes again. */
const forgottenAtOnce = 500;

/** Drops runs whose time is over; answers how many. */
export async function forgetRuns(db: Db, now: Date): Promise<number> {
  const { rows } = await sql<{ forgotten: number }>`
    select forget_runs(${daysBefore(now, keptDays.run)}, ${daysBefore(now, keptDays.troubledRun)}, ${forgottenAtOnce}) as forgotten`.execute(db);
  return rows[0]?.forgotten ?? 0;
}

function toRun(row: RunRow) {
  return {
    id: row.id,
    accountId: row.account_id,
    accountName: row.account_name,
    flow: row.flow,
    outcome: row.outcome,
    why: row.why,
    startedAt: instant(row.started_at),
    endedAt: instant(row.ended_at),
    keptUntil: instant(keptUntil(row.outcome, row.ended_at)),
    deliveryId: row.delivery_id,
    recipient: row.recipient,
    campaignId: row.campaign_id,
    conversationId: row.conversation_id,
  };
}
