import { sql } from 'kysely';
import type { Trx } from './database.ts';

/**
 * For the rest of the transaction, rows come in the order of an index and what belongs to them is looked up by key: the other ways gather all that
 * fits, and sort it, to show the first few. A planner that thinks a table small takes those.
 */
export async function walkInOrder(trx: Trx): Promise<void> {
  await sql`select set_config(name, 'off', true) from unnest(array['enable_bitmapscan', 'enable_seqscan', 'enable_hashjoin', 'enable_mergejoin']) name`.execute(
    trx,
  );
}
