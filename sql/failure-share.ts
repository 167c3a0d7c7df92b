import { sql } from 'kysely';
import { CampaignSettings } from '#core/api/campaigns.ts';
import type { Db, Trx } from './database.ts';
import { recordEvent } from './events.ts';

/**
 * Ends of a campaign that have to be known before its failures say anything: with fewer, one bad address more or less decides. The share is
 * that of the newest hundred, so that a campaign which breaks after a good start is stopped as soon as one that never worked.
 */
const endsToJudge = { least: 20, most: 100 } as const;
/** `state_why` of a campaign that was paused here; `state_numbers` then holds the counts. */
const tooManyFailed = 'too_many_failed';

/** Running campaigns of any workspace that fail more often than they may. To be asked again under a lock: see `pauseIfFailing`. */
export async function failingCampaigns(db: Db): Promise<{ workspaceId: string; campaignId: string }[]> {
  const { least, most } = endsToJudge;
  const { rows } = await sql<{ workspace_id: string; campaign_id: string }>`select * from failing_campaigns(${least}, ${most})`.execute(db);
  return rows.map((row) => ({ workspaceId: row.workspace_id, campaignId: row.campaign_id }));
}

/**
 * Pauses a running campaign whose failures exceed its share, and says so. The row is locked before anything is counted: of several workers
 * that notice at once one pauses, and a person who has just resumed is not overruled by what was counted before. Nothing new is committed
 * from then on; what is under way ends. Answers whether it was paused here.
 */
export async function pauseIfFailing(trx: Trx, ask: { workspaceId: string; campaignId: string }): Promise<boolean> {
  const { rows: held } = await sql<{ settings: unknown }>`
    select settings from campaigns where id = ${ask.campaignId} and state = 'running' for update`.execute(trx);
  const campaign = held[0];
  if (!campaign) return false;
  const limit = CampaignSettings.parse(campaign.settings).errorShareToPause;
  const { rows } = await sql<{ ended: number; failed: number; has_more: boolean }>`
    select s.ended, s.failed, exists (select from deliveries d where d.campaign_id = ${ask.campaignId} and d.state = 'planned') as has_more
      from campaigns k cross join lateral failure_share(k.id, k.failures_from, ${endsToJudge.most}) s where k.id = ${ask.campaignId}`.execute(trx);
  const seen = rows[0];
  if (!seen?.has_more || seen.ended < endsToJudge.least || seen.failed <= seen.ended * limit) return false;
  const numbers = JSON.stringify({ failed: seen.failed, of: seen.ended, limit });
  await sql`
    update campaigns set state = 'paused', state_why = ${tooManyFailed}, state_numbers = ${numbers}, updated_at = now()
     where id = ${ask.campaignId}`.execute(trx);
  await recordEvent(trx, ask.workspaceId, { kind: 'campaign_changed', campaignId: ask.campaignId });
  return true;
}
