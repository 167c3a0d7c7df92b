import { Failure } from '#core/failure.ts';
import { requireApproval } from './campaign-approval.ts';
import { readCampaign, requireState, setCampaignState } from './campaigns.ts';
import { currentVersion } from './current-version.ts';
import type { Trx } from './database.ts';
import type { Queue } from './queue.ts';

/** Freezes the template's version and hands the planning to a worker, in one transaction. */
export async function startCampaign(
  trx: Trx,
  queue: Queue,
  { workspaceId, personId, id }: { workspaceId: string; personId: string | null; id: string },
): Promise<Awaited<ReturnType<typeof readCampaign>>> {
  await requireState(trx, id, ['draft'], 'Only a draft can be started.');
  const campaign = await readCampaign(trx, id);
  const fields = {
    ...(campaign.templateId ? {} : { templateId: 'is missing: choose what is sent' }),
    ...(campaign.senderIds.length > 0 ? {} : { senderIds: 'is empty: choose who sends' }),
    ...(Object.values(campaign.audience).some((ids) => ids.length > 0) ? {} : { audience: 'is empty: choose a list' }),
  };
  if (Object.keys(fields).length > 0) throw new Failure('invalid_input', 'The campaign is not complete.', { fields });
  await requireApproval(trx, campaign, { workspaceId, personId });
  await freezeTemplate(trx, id, campaign.templateId ?? '');
  await setCampaignState(trx, { workspaceId, id, state: 'planning' });
  await queue.send('plan', { workspaceId, campaignId: id }, { trx });
  return readCampaign(trx, id);
}

async function freezeTemplate(trx: Trx, campaignId: string, templateId: string): Promise<void> {
  const version = await currentVersion(trx, templateId);
  await trx.updateTable('campaigns').set({ template_version_id: version.id }).where('id', '=', campaignId).execute();
}
