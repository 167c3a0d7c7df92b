import { namesOf } from '#core/compile-extras.ts';
import { PlatformExtras } from '#core/platform-extras.ts';
import { channelsWithWindow } from '#core/platform-rules.ts';
import { audienceAskOf } from '#sql/audience.ts';
import { ringLane } from '#sql/bells.ts';
import { readCampaign } from '#sql/campaigns.ts';
import { frozenVersion } from '#sql/current-version.ts';
import { type Db, inWorkspace, type Trx } from '#sql/database.ts';
import { beginRun, freshenStatistics, type PlanAsk, planInParts } from '#sql/plan.ts';
import type { Queue } from '#sql/queue.ts';

type Job = { workspaceId: string; campaignId: string };

/**
 * The `plan` job: freezes a campaign, then lets it run and rings the lanes it gave work to, in one transaction. A second run does nothing, or
 * does over what a first one left half done.
 */
export function createPlanner({ db, queue, tell }: { db: Db; queue: Queue; tell: () => void }): (job: Job, signal: AbortSignal) => Promise<void> {
  return async (job, signal) => {
    const ask = await inWorkspace(db, job.workspaceId, (trx) => readAsk(trx, job));
    if (ask === null || !(await planInParts(db, ask, signal))) return;
    await inWorkspace(db, job.workspaceId, async (trx) => {
      const at = ask.startAt ? { at: ask.startAt } : {};
      for (const accountId of await beginRun(trx, ask)) await ringLane(trx, queue, { workspaceId: job.workspaceId, accountId, ...at });
    });
    tell();
    await freshenStatistics(db);
  };
}

async function readAsk(trx: Trx, { workspaceId, campaignId }: Job): Promise<PlanAsk | null> {
  const campaign = await readCampaign(trx, campaignId).catch(() => null);
  if (campaign?.state !== 'planning') return null;
  const version = await frozenVersion(trx, campaignId);
  if (!version) throw new Error('a campaign is planned without a version of its template');
  const ask = await audienceAskOf(trx, {
    ...campaign.audience,
    workspaceId,
    senderIds: campaign.senderIds,
    variables: namesOf(version, 'required'),
    windowed: channelsWithWindow(version.extras ? PlatformExtras.parse(version.extras) : null),
  });
  const startAt = campaign.settings.startAt ? new Date(campaign.settings.startAt) : null;
  return { ...ask, campaignId, templateVersionId: version.id, startAt };
}
