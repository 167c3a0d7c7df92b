import { sql } from 'kysely';
import { CampaignSettings } from '#core/api/campaigns.ts';
import type { Trx } from './database.ts';
import { recordEvent } from './events.ts';
import { skipDeliveries } from './skip-deliveries.ts';

type Planned = { campaignId: string | null; beginBy: Date | null };
type Ask = { workspaceId: string; planned: readonly Planned[]; now: Date };

/**
 * Looks at campaigns whose turn has come and that nobody has begun yet: one that is in time has begun, one that is too late is skipped or waits for
 * a person, as it was set. Answers those that do not go.
 */
export async function beginOrHold(trx: Trx, { workspaceId, planned, now }: Ask): Promise<ReadonlySet<string>> {
  const late = new Set<string>();
  const ids = new Set(planned.flatMap(({ campaignId, beginBy }) => (campaignId && beginBy ? [campaignId] : [])));
  if (ids.size === 0) return late;
  // Locked: of two lanes the one that looks in time lets all begin.
  const { rows } = await sql<{ id: string; settings: unknown; begin_by: Date }>`
    select id, settings, begin_by from campaigns where id = any(${[...ids]}::uuid[]) and state = 'running' and begin_by is not null order by id for update`.execute(
    trx,
  );
  for (const { id, settings, begin_by } of rows) {
    if (begin_by >= now) {
      await sql`update campaigns set begin_by = null where id = ${id}`.execute(trx);
      continue;
    }
    late.add(id);
    if (CampaignSettings.parse(settings).lateStart.rule === 'skip')
      await skipDeliveries(trx, { workspaceId, reason: 'too_late', now }, sql`d.campaign_id = ${id}`);
    else {
      await sql`update campaigns set state = 'paused', state_why = 'started_late', state_numbers = null, updated_at = now() where id = ${id}`.execute(
        trx,
      );
      await recordEvent(trx, workspaceId, { kind: 'campaign_changed', campaignId: id });
    }
  }
  return late;
}
