import { namesOf } from '#core/compile-extras.ts';
import { PlatformExtras } from '#core/platform-extras.ts';
import { channelsWithWindow } from '#core/platform-rules.ts';
import { audienceAskOf } from '#sql/audience.ts';
import { ringLane } from '#sql/bells.ts';
import { readCampaign } from '#sql/campaigns.ts';
import { type Db, inWorkspace } from '#sql/database.ts';
import { freshenStatistics, planCampaign } from '#sql/plan.ts';
import type { Queue } from '#sql/queue.ts';

/** The `plan` job: freezes a campaign and rings the lanes it gave work to, in one transaction. A second run does nothing. */
export function createPlanner(deps: { db: Db; queue: Queue; tell: () => void }): (job: { workspaceId: string; campaignId: string }) => Promise<void> {
  return async ({ workspaceId, campaignId }) => {
    await inWorkspace(deps.db, workspaceId, async (trx) => {
      const campaign = await readCampaign(trx, campaignId).catch(() => null);
      if (campaign?.state !== 'planning') return;
      const version = await trx
        .selectFrom('campaigns')
        .innerJoin('template_versions', 'template_versions.id', 'campaigns.template_version_id')
        .select(['template_versions.id', 'template_versions.subject', 'template_versions.body', 'template_versions.html', 'template_versions.extras'])
        .where('campaigns.id', '=', campaignId)
        .executeTakeFirstOrThrow();
      const ask = await audienceAskOf(trx, {
        ...campaign.audience,
        workspaceId,
        senderIds: campaign.senderIds,
        variables: namesOf(version, 'required'),
        windowed: channelsWithWindow(version.extras ? PlatformExtras.parse(version.extras) : null),
      });
      const startAt = campaign.settings.startAt ? new Date(campaign.settings.startAt) : null;
      const lanes = await planCampaign(trx, campaignId, { ...ask, templateVersionId: version.id, startAt });
      for (const accountId of lanes) await ringLane(trx, deps.queue, { workspaceId, accountId, ...(startAt ? { at: startAt } : {}) });
    });
    deps.tell();
    await freshenStatistics(deps.db);
  };
}
