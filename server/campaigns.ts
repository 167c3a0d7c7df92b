import type { z } from 'zod';
import type { Recipient } from '#core/api/campaigns.ts';
import { refuseUnlessTaken, rulesOf } from '#core/channel-rules.ts';
import { Failure } from '#core/failure.ts';
import { compileTemplate, exampleLink, linkVariable } from '#core/template.ts';
import { previewAudience } from '#sql/audience.ts';
import { ringLane } from '#sql/bells.ts';
import { approveCampaign } from '#sql/campaign-approval.ts';
import { audienceAskFor, extrasOf } from '#sql/campaign-audience.ts';
import * as campaigns from '#sql/campaigns.ts';
import { currentVersion, frozenVersion } from '#sql/current-version.ts';
import type { Trx } from '#sql/database.ts';
import { readProgress } from '#sql/progress.ts';
import type { Queue } from '#sql/queue.ts';
import { frozenAudience, isTemplateChanged, peopleSinceFreeze } from '#sql/since-freeze.ts';
import { startCampaign } from '#sql/start-campaign.ts';
import { textOfTemplate } from '#sql/text-of-template.ts';
import { etaOf } from './campaign-eta.ts';
import type { Handlers } from './handler.ts';
import type { PackCard } from './packs.ts';

export type CampaignParts = { queue: Queue; packs: readonly PackCard[] };
type CampaignReply = Awaited<ReturnType<typeof campaigns.readCampaign>>;

export const campaignsHandlers = ({ queue, packs }: CampaignParts) =>
  ({
    listCampaigns: ({ transaction }) => transaction(async (trx) => ({ rows: await campaigns.listCampaigns(trx) })),
    addCampaign: ({ body, caller, transaction }) =>
      transaction((trx) => campaigns.addCampaign(trx, { workspaceId: caller.workspaceId, personId: caller.personId, draft: body })),
    readCampaign: ({ params, transaction }) => transaction((trx) => campaigns.readCampaign(trx, params.id)),
    changeCampaign: ({ params, body, caller, transaction }) =>
      transaction((trx) => campaigns.changeCampaign(trx, { workspaceId: caller.workspaceId, id: params.id, change: body })),
    async removeCampaign({ params, caller, transaction }) {
      await transaction((trx) => campaigns.removeCampaign(trx, caller.workspaceId, params.id));
      return null;
    },
    recipients: ({ params, query, caller, transaction }) =>
      transaction(async (trx) => preview(trx, caller.workspaceId, await campaigns.readCampaign(trx, params.id), query)),
    recipientsOf: ({ query, caller, transaction }) =>
      transaction(async (trx) => preview(trx, caller.workspaceId, await campaigns.findCampaign(trx, query.campaignId), query)),
    startCampaign: ({ params, caller, transaction }) => transaction((trx) => start(trx, { queue, packs }, { ...caller, id: params.id })),
    approveCampaign: ({ params, caller, transaction }) =>
      transaction(async (trx) => {
        await campaigns.requireState(trx, params.id, ['draft'], 'Only a draft can be approved.');
        await approveCampaign(trx, await campaigns.readCampaign(trx, params.id), caller);
        return campaigns.readCampaign(trx, params.id);
      }),
    pauseCampaign: ({ params, caller, transaction }) =>
      transaction(async (trx) => {
        await campaigns.requireState(trx, params.id, ['running'], 'Only a running campaign can be paused.');
        await campaigns.setCampaignState(trx, { workspaceId: caller.workspaceId, id: params.id, state: 'paused', why: 'paused_by_person' });
        return campaigns.readCampaign(trx, params.id);
      }),
    resumeCampaign: ({ params, caller, transaction }) =>
      transaction(async (trx) => {
        await campaigns.requireState(trx, params.id, ['paused'], 'Only a paused campaign can go on.');
        await campaigns.setCampaignState(trx, { workspaceId: caller.workspaceId, id: params.id, state: 'running' });
        for (const accountId of await campaigns.lanesOf(trx, params.id)) await ringLane(trx, queue, { workspaceId: caller.workspaceId, accountId });
        return campaigns.readCampaign(trx, params.id);
      }),
    cancelCampaign: ({ params, caller, transaction }) =>
      transaction(async (trx) => {
        await campaigns.requireState(trx, params.id, ['draft', 'planning', 'running', 'paused'], 'This campaign has ended already.');
        await campaigns.cancelPlanned(trx, params.id);
        await campaigns.setCampaignState(trx, { workspaceId: caller.workspaceId, id: params.id, state: 'cancelled', why: 'cancelled_by_person' });
        return campaigns.readCampaign(trx, params.id);
      }),
    readSinceFreeze: ({ params, caller, transaction }) =>
      transaction(async (trx) => {
        const campaign = await campaigns.readCampaign(trx, params.id);
        if (!isFrozen(campaign)) return { isTemplateChanged: false, added: 0, gone: 0, changed: 0, rows: [] };
        const people = await peopleSinceFreeze(trx, params.id, await audienceAskFor(trx, caller.workspaceId, campaign));
        return { isTemplateChanged: await isTemplateChanged(trx, params.id), ...people };
      }),
    progress: ({ params, transaction }) =>
      transaction(async (trx) => {
        const campaign = await campaigns.readCampaign(trx, params.id);
        const now = new Date();
        const numbers = await readProgress(trx, params.id, now);
        const lanes = numbers.lanes.map((lane) => ({ ...lane, nextAt: lane.nextAt?.toISOString() ?? null }));
        return {
          state: campaign.state,
          counts: campaign.counts,
          lanes,
          skippedBy: numbers.skippedBy,
          failedBy: numbers.failedBy,
          ...etaOf(campaign, numbers, now),
        };
      }),
  }) satisfies Partial<Handlers>;

/** An account that cannot send the file or what stands beside the text would fail for everyone in its share, so it is refused before anything is frozen. */
async function start(trx: Trx, { queue, packs }: CampaignParts, by: { workspaceId: string; personId: string; id: string }): Promise<CampaignReply> {
  const { id } = by;
  const { media, senderIds, templateId } = await campaigns.readCampaign(trx, id);
  const extras = templateId ? extrasOf(await currentVersion(trx, templateId)) : null;
  const senders = trx.selectFrom('accounts').select('channel').distinct().where('id', 'in', senderIds);
  const channels = (media || extras) && senderIds.length > 0 ? await senders.execute() : [];
  for (const { channel } of channels) refuseUnlessTaken(rulesOf(packs, channel), { file: media, extras });
  for (const accountId of senderIds) await textOfTemplate(trx, { accountId, extras, hasFile: media !== null });
  return startCampaign(trx, queue, by);
}

async function preview(trx: Trx, workspaceId: string, campaign: CampaignReply, page: { cursor?: string | undefined; limit: number }) {
  const { version, rows, counts } = await resolved(trx, workspaceId, campaign, { after: readPosition(page.cursor), limit: page.limit });
  const template = version ? compileTemplate(version) : null;
  const names = new Map((await trx.selectFrom('accounts').select(['id', 'name']).execute()).map((account) => [account.id, account.name]));
  const skippedBy = Object.fromEntries(counts.flatMap((count) => (count.skip ? [[count.skip, count.people]] : [])));
  const skipped = Object.values(skippedBy).reduce((sum, people) => sum + people, 0);
  const total = counts.reduce((sum, count) => sum + count.people, 0);
  const last = rows.at(-1);
  return {
    total,
    skipped,
    skippedBy,
    next: last && last.position < total ? String(last.position) : null,
    rows: rows.map(
      (row): z.input<typeof Recipient> => ({
        contactId: row.contact_id,
        name: row.name,
        address: row.address,
        accountId: row.account_id,
        accountName: names.get(row.account_id ?? '') ?? null,
        skip: row.skip,
        missing: row.missing,
        text: template && !row.skip ? template.render({ ...row.merge, [linkVariable]: exampleLink }).text : null,
      }),
    ),
  };
}

/** What would be planned now; once it is planned, what was. */
async function resolved(trx: Trx, workspaceId: string, campaign: CampaignReply, page: { after: number; limit: number }) {
  if (isFrozen(campaign)) return { version: await frozenVersion(trx, campaign.id), ...(await frozenAudience(trx, campaign.id, page)) };
  const ask = await audienceAskFor(trx, workspaceId, campaign);
  if (ask.senderIds.length === 0) throw new Failure('invalid_input', 'Choose who sends first.', { fields: { senderIds: 'is empty' } });
  const version = campaign.templateId ? await currentVersion(trx, campaign.templateId) : null;
  return { version, ...(await previewAudience(trx, ask, page)) };
}

const isFrozen = ({ startedAt }: CampaignReply): boolean => startedAt !== null;

function readPosition(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  if (!/^\d{1,9}$/.test(cursor)) throw new Failure('invalid_input', undefined, { fields: { cursor: 'is not a cursor of this list' } });
  return Number(cursor);
}
