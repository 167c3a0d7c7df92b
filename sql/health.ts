import { sql } from 'kysely';
import type { Db } from './database.ts';

/** How many workers were seen lately; answering at all means that the database is well. */
export async function countLiveHosts(db: Db): Promise<number> {
  const { rows } = await sql<{ live: number }>`select count(*) as live from hosts where seen_at > now() - interval '15 seconds'`.execute(db);
  return rows[0]?.live ?? 0;
}
