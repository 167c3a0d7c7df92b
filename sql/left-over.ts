import { sql } from 'kysely';
import { cancelPlanned } from './campaigns.ts';
import type { Db, Trx } from './database.ts';
import { recordEvent } from './events.ts';
import { finishIfDone } from './plan.ts';

type LeftCampaign = { is: 'ended' | 'cancelled'; workspaceId: string; campaignId: string };
export type LeftJob = { is: 'plan' | 'import' | 'erase' | 'batch'; workspaceId: string; id: string };

/** Campaigns of any workspace that run with nothing left to do, and those cancelled after `since` in which something is planned. */
export async function campaignsToClose(db: Db, since: Date): Promise<LeftCampaign[]> {
  const { rows } = await sql<{ kind: LeftCampaign['is']; workspace_id: string; campaign_id: string }>`
    select * from campaigns_to_close(${since})`.execute(db);
  return rows.map((row) => ({ is: row.kind, workspaceId: row.workspace_id, campaignId: row.campaign_id }));
}

/** Asked again under the campaign's lock; answers whether anything changed. */
export async function closeCampaign(trx: Trx, { is, workspaceId, campaignId }: LeftCampaign): Promise<boolean> {
  if (is === 'ended') return finishIfDone(trx, campaignId, workspaceId);
  const { rows } = await sql`select from campaigns where id = ${campaignId} and state = 'cancelled' for update`.execute(trx);
  if (rows.length === 0 || (await cancelPlanned(trx, campaignId)) === 0) return false;
  await recordEvent(trx, workspaceId, { kind: 'campaign_changed', campaignId });
  return true;
}

/**
 * What is under way and that no job will ever finish: their retries are used up, or the job is gone. The rows are read
 * before the jobs: what ends between the two looks abandoned, and is left alone by whoever then looks for its running row.
 */
export async function abandonedWork(db: Db): Promise<LeftJob[]> {
  const { rows } = await sql<{ kind: LeftJob['is']; workspace_id: string; id: string }>`select * from unfinished_jobs()`.execute(db);
  if (rows.length === 0) return [];
  const { rows: jobs } = await sql<{ id: string }>`
    select coalesce(data ->> 'importId', data ->> 'campaignId', data ->> 'erasureId', data ->> 'batchId') as id from pgboss.job
     where name in ('plan', 'import', 'erase', 'batch') and state in ('created', 'retry', 'active')`.execute(db);
  const alive = new Set(jobs.map((job) => job.id));
  return rows.filter((row) => !alive.has(row.id)).map((row) => ({ is: row.kind, workspaceId: row.workspace_id, id: row.id }));
}

/** A campaign that could not be planned is a draft again without a plan, and says why: it can be looked at and started anew. */
export async function giveUpPlanning(trx: Trx, { workspaceId, campaignId }: { workspaceId: string; campaignId: string }): Promise<boolean> {
  const { rows } = await sql`
    update campaigns set state = 'draft', state_why = 'planning_failed', updated_at = now() where id = ${campaignId} and state = 'planning'
    returning 1`.execute(trx);
  if (rows.length === 0) return false;
  await sql`delete from deliveries where campaign_id = ${campaignId}`.execute(trx);
  await recordEvent(trx, workspaceId, { kind: 'campaign_changed', campaignId });
  return true;
}
