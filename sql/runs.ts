import { sql } from 'kysely';
import { z } from 'zod';
import { Failure } from '#core/failure.ts';
import type { Trx } from './database.ts';
import { instant } from './instant.ts';
import { Moment, moment, type PageAsk, pageOfRows, readCursor } from './page.ts';

const columns = ['id', 'account_id', 'delivery_id', 'flow', 'outcome', 'why', 'started_at', 'ended_at'] as const;
type RunRow = {
  id: string;
  account_id: string;
  delivery_id: string | null;
  flow: string;
  outcome: string;
  why: string | null;
  started_at: Date;
  ended_at: Date;
};

/** Runs of one account, newest first, without their traces. */
export async function listRuns(trx: Trx, accountId: string, { cursor, limit }: PageAsk) {
  const after = readCursor(cursor, z.tuple([Moment, z.uuid()]));
  const found = await trx
    .selectFrom('runs')
    .select(columns)
    .select(moment('started_at').as('moment'))
    .where('account_id', '=', accountId)
    .$if(after !== null, (query) => query.where(sql<boolean>`(started_at, id) < (${after?.[0]}::timestamptz, ${after?.[1]}::uuid)`))
    .orderBy('started_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute();
  const page = pageOfRows(found, limit, (row) => [row.moment, row.id]);
  return { rows: page.rows.map(toRun), next: page.next };
}

/** One run with its trace, still sealed. */
export async function readRun(trx: Trx, runId: string) {
  const row = await trx
    .selectFrom('runs')
    .select([...columns, 'sealed_trace'])
    .where('id', '=', runId)
    .executeTakeFirst();
  if (!row) throw new Failure('not_found');
  return { run: toRun(row), sealedTrace: row.sealed_trace };
}

function toRun(row: RunRow) {
  return {
    id: row.id,
    accountId: row.account_id,
    deliveryId: row.delivery_id,
    flow: row.flow,
    outcome: row.outcome,
    why: row.why,
    startedAt: instant(row.started_at),
    endedAt: instant(row.ended_at),
  };
}
