import { sql } from 'kysely';
import { warmUpAfterSetback } from '#core/warm-up.ts';
import type { Trx } from './database.ts';
import { recordEvent } from './events.ts';

type Setback = { workspaceId: string; accountId: string; why: 'restricted' | 'too_many_failed'; now?: Date };

/** Takes a warming account one step back, at most once a day; answers from when its warm-up counts then, or null when nothing changed. */
export async function setBack(trx: Trx, { workspaceId, accountId, why, now }: Setback): Promise<Date | null> {
  const { rows } = await sql<{ first_at: Date | null; set_back_at: Date | null; at: Date }>`
    select coalesce(a.warm_up_from, (select k.first_at from use_keys k where k.workspace_id = a.workspace_id and k.kind = 'account' and k.key = a.id::text)) as first_at,
           a.set_back_at, coalesce(${now ?? null}::timestamptz, now()) as at
      from accounts a where a.id = ${accountId} for update of a`.execute(trx);
  const row = rows[0];
  const from = row ? warmUpAfterSetback(row.first_at, { lastSetbackAt: row.set_back_at, now: row.at }) : null;
  if (!row || !from) return null;
  await sql`update accounts set warm_up_from = ${from}, set_back_at = ${row.at}, set_back_why = ${why}, updated_at = now() where id = ${accountId}`.execute(
    trx,
  );
  await recordEvent(trx, workspaceId, { kind: 'account_changed', accountId });
  return from;
}
