import { sql } from 'kysely';
import type { z } from 'zod';
import { Audience, type Campaign, CampaignSettings, FailureShare } from '#core/api/campaigns.ts';
import { Failure } from '#core/failure.ts';
import type { Trx } from './database.ts';
import { recordEvent } from './events.ts';
import { instant } from './instant.ts';
import { knownLists } from './lists.ts';
import { mediaOf, requireMedia } from './media.ts';
import { filtersOf } from './segments.ts';
import { brokenReference, brokenUnique } from './unique.ts';

type CampaignReply = z.output<typeof Campaign>;
export type CampaignDraft = {
  name: string;
  templateId: string | null;
  mediaId: string | null;
  senderIds: string[];
  audience: z.output<typeof Audience>;
  settings: z.output<typeof CampaignSettings>;
};

type Row = {
  id: string;
  name: string;
  state: CampaignReply['state'];
  state_why: string | null;
  state_numbers: unknown;
  template_id: string | null;
  template_name: string | null;
  media: CampaignReply['media'];
  senders: string[];
  audience: unknown;
  settings: unknown;
  counts: Record<string, number>;
  replies: number;
  approval: CampaignReply['approval'];
  started_at: Date | null;
  finished_at: Date | null;
  created_at: Date;
  updated_at: Date;
};

/**
 * Campaigns with their counts in one statement; running ones first, then the newest. A reply is anything that came in from the minute of
 * the send on: web messengers show times without seconds.
 */
export async function listCampaigns(trx: Trx, ids?: readonly string[]): Promise<CampaignReply[]> {
  const only = ids ? sql`where c.id = any(${[...ids]}::uuid[])` : sql``;
  const { rows } = await sql<Row>`
    select c.id, c.name, c.state, c.state_why, c.state_numbers, c.template_id, t.name as template_name, ${mediaOf(sql`c.media_id`)} as media, c.audience, c.settings, c.started_at, c.finished_at, c.created_at, c.updated_at,
           case when c.approved_at is not null then jsonb_build_object('personId', c.approved_by, 'at', to_jsonb(c.approved_at), 'people', c.approved_people,
             'person', (select coalesce(nullif(p.name, ''), p.username) from people p where p.id = c.approved_by)) end as approval,
           array(select s.account_id from campaign_senders s where s.campaign_id = c.id order by s.place) as senders,
           coalesce((select jsonb_object_agg(state, n) from (select d.state, count(*)::int as n from deliveries d where d.campaign_id = c.id group by d.state) by_state), '{}') as counts,
           (select count(distinct d.id)::int from deliveries d join messages m on m.conversation_id = d.conversation_id and m.direction = 'in' and m.at >= date_trunc('minute', d.sent_at)
             where d.campaign_id = c.id) as replies
      from campaigns c left join templates t on t.id = c.template_id ${only}
     order by c.state <> 'running', c.created_at desc, c.id`.execute(trx);
  return rows.map(toCampaign);
}

export async function readCampaign(trx: Trx, id: string): Promise<CampaignReply> {
  const [campaign] = await listCampaigns(trx, [id]);
  if (!campaign) throw new Failure('not_found');
  return campaign;
}

/** By id or by name, as the seed's calls name a campaign. */
export async function findCampaign(trx: Trx, nameOrId: string): Promise<CampaignReply> {
  const { rows } = await sql<{ id: string }>`select id from campaigns where id::text = ${nameOrId} or name = ${nameOrId} limit 1`.execute(trx);
  if (!rows[0]) throw new Failure('not_found', `There is no campaign ${nameOrId}.`);
  return readCampaign(trx, rows[0].id);
}

export async function addCampaign(trx: Trx, ask: { workspaceId: string; personId: string | null; draft: CampaignDraft }): Promise<CampaignReply> {
  const { draft, workspaceId } = ask;
  await requireTemplate(trx, draft.templateId);
  if (draft.mediaId) await requireMedia(trx, draft.mediaId);
  await requireAudience(trx, draft.audience);
  const row = await trx
    .insertInto('campaigns')
    .values({
      workspace_id: workspaceId,
      name: draft.name,
      template_id: draft.templateId,
      media_id: draft.mediaId,
      audience: JSON.stringify(draft.audience),
      settings: JSON.stringify(draft.settings),
      created_by: ask.personId,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
    .catch(saySo);
  await setSenders(trx, workspaceId, row.id, draft.senderIds);
  await recordEvent(trx, workspaceId, { kind: 'campaign_changed', campaignId: row.id });
  return readCampaign(trx, row.id);
}

/** Whatever is changed has to be looked at again. */
const notApproved = { approved_by: null, approved_at: null, approved_people: null, approved_version: null };

export async function changeCampaign(trx: Trx, ask: { workspaceId: string; id: string; change: Partial<CampaignDraft> }): Promise<CampaignReply> {
  const { change, id, workspaceId } = ask;
  await requireState(trx, id, ['draft'], 'Only a draft can be changed: what runs is frozen.');
  await requireTemplate(trx, change.templateId);
  if (change.mediaId) await requireMedia(trx, change.mediaId);
  if (change.audience) await requireAudience(trx, change.audience);
  await trx
    .updateTable('campaigns')
    .set({
      name: change.name,
      template_id: change.templateId,
      media_id: change.mediaId,
      audience: change.audience && JSON.stringify(change.audience),
      settings: change.settings && JSON.stringify(change.settings),
      ...notApproved,
      updated_at: sql<Date>`now()`,
    })
    .where('id', '=', id)
    .execute()
    .catch(saySo);
  if (change.senderIds) await setSenders(trx, workspaceId, id, change.senderIds);
  await recordEvent(trx, workspaceId, { kind: 'campaign_changed', campaignId: id });
  return readCampaign(trx, id);
}

export async function removeCampaign(trx: Trx, workspaceId: string, id: string): Promise<void> {
  await requireState(trx, id, ['draft', 'finished', 'cancelled'], 'Cancel the campaign before removing it.');
  await trx.deleteFrom('campaigns').where('id', '=', id).execute();
  await recordEvent(trx, workspaceId, { kind: 'campaign_changed', campaignId: id });
}

/** Locks the row and refuses when it is in another state. */
export async function requireState(trx: Trx, id: string, states: readonly string[], sentence: string): Promise<string> {
  const { rows } = await sql<{ state: string }>`select state from campaigns where id = ${id} for update`.execute(trx);
  const state = rows[0]?.state;
  if (!state) throw new Failure('not_found');
  if (!states.includes(state)) throw new Failure('wrong_state', sentence);
  return state;
}

/** A person's word: failures from before it no longer count when the campaign goes on. */
export async function setCampaignState(trx: Trx, ask: { workspaceId: string; id: string; state: string; why?: string | null }): Promise<void> {
  await sql`update campaigns set state = ${ask.state}, state_why = ${ask.why ?? null}, state_numbers = null, updated_at = now(),
              begin_by = case when ${ask.state} = 'running' then null else begin_by end,
              failures_from = case when ${ask.state} = 'running' then now() else failures_from end,
              finished_at = case when ${ask.state} = 'cancelled' then now() else finished_at end where id = ${ask.id}`.execute(trx);
  await recordEvent(trx, ask.workspaceId, { kind: 'campaign_changed', campaignId: ask.id });
}

/** A running campaign rests until a person resumes it, and says why. */
export async function holdCampaign(trx: Trx, ask: { workspaceId: string; campaignId: string; reason: string }): Promise<void> {
  const { rows } = await sql`
    update campaigns set state = 'paused', state_why = ${ask.reason}, state_numbers = null, updated_at = now()
     where id = ${ask.campaignId} and state = 'running' returning 1`.execute(trx);
  if (rows.length > 0) await recordEvent(trx, ask.workspaceId, { kind: 'campaign_changed', campaignId: ask.campaignId });
}

/** What has not begun is cancelled; what is under way ends by itself. Answers how many were cancelled. */
export async function cancelPlanned(trx: Trx, campaignId: string): Promise<number> {
  const { rows } =
    await sql`update deliveries set state = 'cancelled', reason = 'campaign_cancelled', wait_reason = null, wait_until = null, ended_at = now(), updated_at = now()
     where campaign_id = ${campaignId} and state = 'planned' returning 1`.execute(trx);
  return rows.length;
}

/** Accounts whose lanes have something of this campaign to send. */
export async function lanesOf(trx: Trx, campaignId: string): Promise<string[]> {
  const { rows } = await sql<{
    account_id: string;
  }>`select distinct account_id from deliveries where campaign_id = ${campaignId} and (state = 'planned' or state = 'uncertain' and again_at > committing_at)`.execute(
    trx,
  );
  return rows.map((row) => row.account_id);
}

/** A foreign key looks past the row policies: only a question of our own keeps a campaign from naming another workspace's template. */
async function requireTemplate(trx: Trx, templateId: string | null | undefined): Promise<void> {
  if (!templateId) return;
  const known = await trx.selectFrom('templates').select('id').where('id', '=', templateId).executeTakeFirst();
  if (!known) throw new Failure('invalid_input', undefined, { fields: { templateId: 'does not exist' } });
}

async function requireAudience(trx: Trx, { listIds, contactIds, segmentIds }: CampaignDraft['audience']): Promise<void> {
  if ((await filtersOf(trx, segmentIds)).length < new Set(segmentIds).size)
    throw new Failure('invalid_input', undefined, { fields: { 'audience.segmentIds': 'names a segment that does not exist' } });
  if ((await knownLists(trx, listIds)).length < new Set(listIds).size)
    throw new Failure('invalid_input', undefined, { fields: { 'audience.listIds': 'names a list that does not exist' } });
  const { rows } = await sql`select from contacts where id = any(${contactIds}::uuid[])`.execute(trx);
  if (rows.length < new Set(contactIds).size)
    throw new Failure('invalid_input', undefined, { fields: { 'audience.contactIds': 'names a person who does not exist' } });
}

async function setSenders(trx: Trx, workspaceId: string, campaignId: string, senderIds: readonly string[]): Promise<void> {
  await trx.deleteFrom('campaign_senders').where('campaign_id', '=', campaignId).execute();
  if (senderIds.length === 0) return;
  const rows = senderIds.map((accountId, place) => ({ campaign_id: campaignId, account_id: accountId, workspace_id: workspaceId, place }));
  const known = await trx
    .selectFrom('accounts')
    .select('id')
    .where('id', 'in', [...senderIds])
    .execute();
  if (known.length < new Set(senderIds).size)
    throw new Failure('invalid_input', undefined, { fields: { senderIds: 'names an account that does not exist' } });
  await trx
    .insertInto('campaign_senders')
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

function saySo(error: unknown): never {
  if (brokenUnique(error))
    throw new Failure('already_exists', 'A campaign with this name exists already.', { cause: error, fields: { name: 'is taken' } });
  if (brokenReference(error)) throw new Failure('invalid_input', undefined, { cause: error, fields: { templateId: 'does not exist' } });
  throw error;
}

function toCampaign(row: Row): CampaignReply {
  const counts = countsOf(row.counts, row.replies);
  return {
    id: row.id,
    name: row.name,
    state: row.state,
    stateWhy: row.state_why,
    failureShare: FailureShare.nullable().parse(row.state_numbers),
    templateId: row.template_id,
    templateName: row.template_name,
    media: row.media,
    senderIds: row.senders,
    audience: Audience.parse(row.audience),
    settings: CampaignSettings.parse(row.settings),
    approval: row.approval,
    counts,
    startedAt: instant(row.started_at),
    finishedAt: instant(row.finished_at),
    createdAt: instant(row.created_at),
    updatedAt: instant(row.updated_at),
  };
}

function countsOf(by: Record<string, number>, replies: number): CampaignReply['counts'] {
  const of = (state: string) => by[state] ?? 0;
  const total = Object.values(by).reduce((sum, n) => sum + n, 0);
  return {
    total,
    planned: of('planned'),
    claimed: of('claimed'),
    committing: of('committing'),
    sent: of('sent'),
    delivered: of('delivered'),
    read: of('read'),
    failed: of('failed'),
    skipped: of('skipped'),
    cancelled: of('cancelled'),
    uncertain: of('uncertain'),
    replies,
  };
}
