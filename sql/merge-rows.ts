import { sql } from 'kysely';
import { z } from 'zod';
import type { Trx } from './database.ts';

/** Rows as Postgres writes them into JSON. */
const Row = z.record(z.string(), z.unknown());
export type Row = z.output<typeof Row>;
const relations = [
  'contacts',
  'aliases',
  'confirmations',
  'list_entries',
  'suppressions',
  'channel_refusals',
  'standing_consents',
  'conversations',
  'conversation_labels',
  'drafts',
  'handed_over',
  'conversation_slas',
  'sla_timers',
  'batch_rows',
  'bot_answers',
  'bot_turns',
  'merged_contacts',
] as const;
export const Kept = z.object(
  Object.fromEntries(relations.map((of) => [of, z.array(Row).default([])])) as Record<
    (typeof relations)[number],
    z.ZodDefault<z.ZodArray<typeof Row>>
  >,
);
/** Two contacts that a merge made one: `from` went into `into`. */
export type Merged = {
  mergeId: string;
  workspaceId: string;
  from: string;
  into: string;
  recordedAt: Date;
  before: z.output<typeof Kept>;
  made: z.output<typeof Kept>;
};

export async function putBack(trx: Trx, relation: (typeof relations)[number], rows: readonly Row[]): Promise<void> {
  if (rows.length > 0) await sql`select put_back(${relation}::text::regclass, ${JSON.stringify(rows)}::jsonb)`.execute(trx);
}

/** Rows become what they were, but for what has changed since they were `made`. */
export async function putAsBefore(trx: Trx, relation: 'contacts' | 'conversations', before: readonly Row[], made: readonly Row[]): Promise<void> {
  for (const after of made) {
    const was = before.find((row) => row.id === after.id);
    if (was)
      await sql`select put_as_before(${relation}::text::regclass, ${JSON.stringify(was)}::jsonb, ${JSON.stringify(after)}::jsonb)`.execute(trx);
  }
}

export const idsOf = (rows: readonly Row[]): unknown[] => rows.map((row) => row.id);
