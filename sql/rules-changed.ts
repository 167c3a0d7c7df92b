import { sql } from 'kysely';
import { ringLane } from './bells.ts';
import type { Trx } from './database.ts';
import type { Queue } from './queue.ts';

/** What waits for one of these was put off by a rule, to a time that the rule named. */
const reasons = ['quiet_hours', 'recipient_limit', 'new_contact_limit', 'known_contact_limit', 'proxy_limit', 'warm_up'];

/**
 * After rules have changed: what the old ones put off is due again, and the lanes decide by the new ones. For one account, or for all of the
 * workspace where none is named.
 */
export async function askRulesAgain(trx: Trx, queue: Queue, { workspaceId, accountId = null }: { workspaceId: string; accountId?: string | null }) {
  await sql`
    update deliveries set due_at = now(), wait_reason = null, wait_until = null, updated_at = now()
     where workspace_id = ${workspaceId} and state = 'planned' and wait_reason = any(${reasons}) and (${accountId}::uuid is null or account_id = ${accountId}::uuid)`.execute(
    trx,
  );
  const { rows } = await sql<{ id: string }>`
    select a.id from accounts a
     where (${accountId}::uuid is null or a.id = ${accountId}::uuid) and a.paused_at is null
       and exists (select from deliveries d where d.account_id = a.id and d.state = 'planned')`.execute(trx);
  for (const { id } of rows) await ringLane(trx, queue, { workspaceId, accountId: id });
}
