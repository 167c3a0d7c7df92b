import { sql } from 'kysely';
import { Failure } from '#core/failure.ts';
import type { Trx } from './database.ts';

/** What is listed whole, wherever somebody chooses from it, ends somewhere: so many of a workspace. */
const most = { labels: 500, teams: 200, canned_answers: 1000, saved_views: 1000, sla_policies: 50, reports: 100 } as const;

/** Throws `wrong_state` when there are as many as there may be. */
export async function requireRoom(trx: Trx, table: keyof typeof most): Promise<void> {
  const { rows } = await sql<{ count: number }>`select count(*)::int as count from ${sql.table(table)}`.execute(trx);
  if ((rows[0]?.count ?? 0) >= most[table]) throw new Failure('wrong_state', `There can be ${most[table]} of these at most. Remove one first.`);
}
