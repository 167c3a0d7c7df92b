import { type RawBuilder, sql } from 'kysely';
import type { SkipReason } from '#core/delivery.ts';
import type { Trx } from './database.ts';
import { deliveryChanged, recordEvents } from './events.ts';
import { finishIfDone } from './plan.ts';

type Row = { id: string; campaign_id: string | null; account_id: string | null; conversation_id: string | null };
type Ask = { workspaceId: string; reason: SkipReason; now: Date };

/**
 * Ends what must not be sent any more: of the deliveries `d` that `which` names those that are planned, and those that are claimed, whose
 * commits find them gone. Campaigns that waited for nothing else are finished.
 */
export async function skipDeliveries(trx: Trx, { workspaceId, reason, now }: Ask, which: RawBuilder<unknown>): Promise<void> {
  const { rows } = await sql<Row>`
    update deliveries d set state = 'skipped', reason = ${reason}, wait_reason = null, wait_until = null, claimed_at = null, ended_at = ${now}, updated_at = now()
     where d.state in ('planned', 'claimed') and ${which}
    returning d.id, d.campaign_id, d.account_id, d.conversation_id`.execute(trx);
  await recordEvents(trx, workspaceId, rows.map(deliveryChanged));
  const campaigns = new Set(rows.flatMap((row) => row.campaign_id ?? []));
  for (const campaignId of campaigns) await finishIfDone(trx, campaignId, workspaceId);
}
