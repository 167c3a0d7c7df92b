import { type RawBuilder, sql } from 'kysely';
import type { Trx } from './database.ts';

export type Moves = { workspaceId: string; mergeId: string; from: string; into: string };

/** Keeps where rows were before a merge moves them: each as its relation, its id, and what it was. One that moves twice is kept as it first was. */
export async function noteMoves(trx: Trx, { workspaceId, mergeId }: Moves, rows: RawBuilder<unknown>): Promise<void> {
  await sql`insert into merge_moves (merge_id, workspace_id, relation, row_id, was)
    select ${mergeId}, ${workspaceId}, o.relation, o.row_id, o.was::jsonb from (${rows}) o (relation, row_id, was) on conflict do nothing`.execute(
    trx,
  );
}

export const deliveryAsItIs = sql`jsonb_build_object('contact_id', d.contact_id, 'conversation_id', d.conversation_id, 'state', d.state, 'confirms', d.confirms,
  'wait_reason', d.wait_reason, 'wait_until', d.wait_until)`;
