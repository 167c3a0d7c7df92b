import { Failure } from '#core/failure.ts';
import type { JobPayload } from '#core/jobs.ts';
import { readCampaign, requireState, setCampaignState } from '#sql/campaigns.ts';
import { type Db, inWorkspace, type Trx } from '#sql/database.ts';
import { readImport } from '#sql/imports.ts';
import type { Queue } from '#sql/queue.ts';
import { startCampaign } from '#sql/start-campaign.ts';

/** How often it is looked whether the import is through. */
const lookMs = 500;

/** The `start_after_import` job: a blast's campaign waits for its file. A file that cannot be read cancels it with the reason. */
export function createLateStarter(deps: { db: Db; queue: Queue; tell: () => void }): (job: JobPayload<'start_after_import'>) => Promise<void> {
  return async (job) => {
    const { workspaceId, campaignId, importId } = job;
    await inWorkspace(deps.db, workspaceId, async (trx) => {
      const campaign = await readCampaign(trx, campaignId).catch((error: unknown) => refuseUnlessGone(error));
      if (campaign?.state !== 'draft') return;
      const done = await readImport(trx, importId);
      if (done.state === 'running') return deps.queue.send('start_after_import', job, { trx, startAfter: new Date(Date.now() + lookMs) });
      if (done.state === 'done') return startOrSay(trx, deps.queue, { workspaceId, campaignId });
      await requireState(trx, campaignId, ['draft'], '');
      await setCampaignState(trx, { workspaceId, id: campaignId, state: 'cancelled', why: done.error ?? 'its file was not imported' });
    });
    deps.tell();
  };
}

/** A file of more people than one person may write to alone leaves a draft that says so. */
async function startOrSay(trx: Trx, queue: Queue, { workspaceId, campaignId }: { workspaceId: string; campaignId: string }): Promise<void> {
  await startCampaign(trx, queue, { workspaceId, personId: null, id: campaignId }).catch(async (error: unknown) => {
    if (!(error instanceof Failure) || error.code !== 'needs_approval') throw error;
    await setCampaignState(trx, { workspaceId, id: campaignId, state: 'draft', why: error.code });
  });
}

function refuseUnlessGone(error: unknown): null {
  if (error instanceof Failure && error.code === 'not_found') return null;
  throw error;
}
