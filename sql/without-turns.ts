import { sql } from 'kysely';
import type { Trx } from './database.ts';

/** Puts things in their place without setting rules off: nothing has happened to the people themselves. */
export async function withoutTurns<T>(trx: Trx, work: () => Promise<T>): Promise<T> {
  const { rows } = await sql<{ before: string }>`select coalesce(current_setting('app.turn', true), '') as before`.execute(trx);
  await sql`select set_config('app.turn', 'people', true)`.execute(trx);
  const done = await work();
  await sql`select set_config('app.turn', ${rows[0]?.before ?? ''}, true)`.execute(trx);
  return done;
}
