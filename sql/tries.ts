import { sql } from 'kysely';
import type { Db } from './database.ts';

export type Tries = { count: number; until: Date };

/** Counts one try under a key, together with every other server on this database; answers how many there were in the window that is open. */
export async function countTry(db: Db, key: Buffer, seconds: number): Promise<Tries> {
  const { rows } = await sql<Tries>`select * from count_try(${key}, ${seconds})`.execute(db);
  // The function always returns its row.
  return rows[0] as Tries;
}

export async function forgiveTry(db: Db, key: Buffer): Promise<void> {
  await sql`select forgive_try(${key})`.execute(db);
}

/** Drops windows that are over; answers how many. */
export async function forgetTries(db: Db): Promise<number> {
  const { rows } = await sql<{ forgotten: number }>`select forget_tries() as forgotten`.execute(db);
  return rows[0]?.forgotten ?? 0;
}
