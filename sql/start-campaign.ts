import { Failure } from '#core/failure.ts';
import { readCampaign, requireState, setCampaignState } from './campaigns.ts';
import type { Trx } from './database.ts';
import type { Queue } from './queue.ts';

/** Freezes the template's version and hands the planning to a worker, in one transaction. */
export async function startCampaign(trx: Trx, queue: Queue, workspaceId: string, id: string): Promise<Awaited<ReturnType<typeof readCampaign>>> {
  await requireState(trx, id, ['draft'], 'Only a draft can be started.');
  const campaign = await readCampaign(trx, id);
  const fields = {
    ...(campaign.templateId ? {} : { templateId: 'is missing: choose what is sent' }),
    ...(campaign.senderIds.length > 0 ? {} : { senderIds: 'is empty: choose who sends' }),
    ...(Object.values(campaign.audience).some((ids) => ids.length > 0) ? {} : { audience: 'is empty: choose a list' }),
  };
  if (Object.keys(fields).length > 0) throw new Failure('invalid_input', 'The campaign is not complete.', { fields });
  await freezeTemplate(trx, id, campaign.templateId ?? '');
  await setCampaignState(trx, { workspaceId, id, state: 'planning' });
  await queue.send('plan', { workspaceId, campaignId: id }, { trx });
  return readCampaign(trx, id);
}

async function freezeTemplate(trx: Trx, campaignId: string, templateId: string): Promise<void> {
  const version = await currentVersion(trx, templateId);
  await trx.updateTable('campaigns').set({ template_version_id: version.id }).where('id', '=', campaignId).execute();
}

export function currentVersion(trx: Trx, templateId: string) {
  return trx
    .selectFrom('template_versions')
    .innerJoin('templates', (join) =>
      join.onRef('templates.id', '=', 'template_versions.template_id').onRef('templates.version', '=', 'template_versions.version'),
    )
    .select([
      'template_versions.id',
      'template_versions.subject',
      'template_versions.body',
      'template_versions.html',
      'template_versions.extras',
      'template_versions.variables',
    ])
    .where('templates.id', '=', templateId)
    .executeTakeFirstOrThrow();
}
