import { type RawBuilder, sql } from 'kysely';
import type { Trx } from './database.ts';

/** What is shorter has no piece of three letters, by which the index finds it. */
const leastLetters = 3;

/**
 * More than so many are not gathered: who goes through all, the newest first, meets them soon enough. To gather costs one look for each, to walk until fifty
 * are shown fifty times as many looks as each has others beside it: with as many as the root of fifty times all, both cost the same.
 */
const few = sql`greatest(200, sqrt(50 * (select coalesce(sum(conversations), 0) from inbox_counts where facet = 'all')))::integer`;

/** Conversations whose title, or whose contact's name or address, holds the text; null when they are many, or the text is too short to tell. */
export const namedConversations = (trx: Trx, text: string) => gather(trx, text, 'conversations_named');
export const namedContacts = (trx: Trx, text: string) => gather(trx, text, 'contacts_named');

async function gather(trx: Trx, text: string, from: 'conversations_named' | 'contacts_named'): Promise<string[] | null> {
  if ([...text].length < leastLetters) return null;
  const { rows } = await sql<{ ids: string[] | null }>`select ${sql.raw(from)}(${text}, ${few}) as ids`.execute(trx);
  return rows[0]?.ids ?? null;
}

/** Whether `text` stands in a column, however it is written. */
export const holds = (column: string, text: string): RawBuilder<boolean> => sql<boolean>`position(lower(${text}) in lower(${sql.ref(column)})) > 0`;
