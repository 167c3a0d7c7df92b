import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { CampaignSettings } from '#core/api/campaigns.ts';
import { approveCampaign } from '#sql/campaign-approval.ts';
import { readRepeat, repeatCampaign } from '#sql/campaign-repeats.ts';
import { addCampaign, changeCampaign, listCampaigns, readCampaign } from '#sql/campaigns.ts';
import { copyCampaign } from '#sql/copy-campaign.ts';
import { addTemplate } from '#sql/templates.ts';
import { repeatCampaigns } from './repeats.ts';
import { type MailLanes, openMailLanes, startMailCampaign } from './testing/mail-lanes.ts';

const daily = { each: 'day', at: '09:00' } as const;
let lanes: MailLanes;
let personId: string;
let campaignId: string;
const clock = { at: 0, now: () => new Date(clock.at) };
beforeAll(async () => {
  lanes = await openMailLanes({ accounts: 1 });
  personId = await lanes.inside(async (trx) => (await trx.selectFrom('people').select('id').executeTakeFirstOrThrow()).id);
});
afterAll(() => lanes[Symbol.asyncDispose]());
beforeEach(async () => {
  clock.at = Date.parse('2031-03-05T08:00:00Z');
  await lanes.inside((trx) => trx.deleteFrom('campaign_repeats').execute());
  campaignId = await addDraft();
});

/** A draft to three people. */
const addDraft = () =>
  lanes.inside(async (trx) => {
    const people = await startMailCampaign(trx, { workspaceId: lanes.workspaceId, accountIds: lanes.accountIds, people: 3 });
    const { name } = await readCampaign(trx, people);
    const list = await trx.selectFrom('lists').select('id').where('name', '=', name).executeTakeFirstOrThrow();
    const template = await addTemplate(trx, {
      workspaceId: lanes.workspaceId,
      name,
      content: { subject: 'Hi', body: 'Hello', html: null, extras: null, variables: [] },
    });
    const audience = { listIds: [list.id], contactIds: [], segmentIds: [] };
    const says = { templateId: template.id, mediaId: null, senderIds: [...lanes.accountIds], settings: CampaignSettings.parse({}) };
    return (await addCampaign(trx, { workspaceId: lanes.workspaceId, personId, draft: { ...says, audience, name: `Week of ${name}` } })).id;
  });
const look = () => repeatCampaigns({ db: lanes.base.db, clock, queue: lanes.queue, tell: () => undefined, log: pino({ level: 'silent' }) });
const again = (recurrence: typeof daily | null) =>
  lanes.inside((trx) => repeatCampaign(trx, { workspaceId: lanes.workspaceId, campaignId, personId, now: clock.now() }, recurrence));
const read = () => lanes.inside((trx) => readRepeat(trx, campaignId));

test('a copy goes out each day by the clocks of the workspace, once however many workers look, and the original stays as it is', async () => {
  const before = await lanes.inside((trx) => readCampaign(trx, campaignId));
  expect(await again(daily)).toMatchObject({ again: daily, nextAt: '2031-03-05T09:00:00.000Z', lastId: null, error: null });
  await look();
  expect((await read()).lastId).toBeNull();
  clock.at = Date.parse('2031-03-05T09:00:00Z');
  await Promise.all([look(), look()]);
  const { lastId, nextAt, error } = await read();
  expect({ nextAt, error }).toEqual({ nextAt: '2031-03-06T09:00:00.000Z', error: null });
  const copy = await lanes.inside((trx) => readCampaign(trx, lastId ?? ''));
  expect(copy).toMatchObject({ name: `${before.name}, 2031-03-05`, state: 'planning', senderIds: before.senderIds, audience: before.audience });
  const named = await lanes.inside((trx) => listCampaigns(trx)).then((rows) => rows.filter(({ name }) => name.startsWith(`${before.name},`)));
  expect(named).toHaveLength(1);
  expect(await lanes.inside((trx) => readCampaign(trx, campaignId))).toMatchObject({ name: before.name, state: before.state });
  await again(null);
  clock.at += 2 * 86_400_000;
  await look();
  expect(await read()).toMatchObject({ again: null, nextAt: null, lastId });
});

test('a copy that cannot be started waits as a draft, and the original says why', async () => {
  const draft = await lanes.inside((trx) => copyCampaign(trx, { workspaceId: lanes.workspaceId, personId, id: campaignId, name: 'Empty' }));
  await lanes.inside((trx) => changeCampaign(trx, { workspaceId: lanes.workspaceId, id: draft.id, change: { senderIds: [] } }));
  campaignId = draft.id;
  await again(daily);
  clock.at += 3_600_000;
  await look();
  const { error, lastId } = await read();
  expect(error).toContain('choose who sends');
  expect(await lanes.inside((trx) => readCampaign(trx, lastId ?? ''))).toMatchObject({ state: 'draft' });
});

test('what a second person approved holds for the copies, as long as they go to no more people with the same text', async () => {
  await lanes.inside((trx) =>
    trx
      .updateTable('workspaces')
      .set({ settings: JSON.stringify({ quietHours: null, approveAbove: 1 }) })
      .execute(),
  );
  await again(daily);
  clock.at += 3_600_000;
  await look();
  expect(await read()).toMatchObject({ error: expect.stringContaining('somebody else has to approve it') });
  await lanes.inside(async (trx) => {
    const values = { email: 'boss@example.test', username: 'boss', password_hash: 'x', role: 'admin', workspace_id: lanes.workspaceId };
    const boss = await trx.insertInto('people').values(values).returning('id').executeTakeFirstOrThrow();
    await approveCampaign(trx, await readCampaign(trx, campaignId), { workspaceId: lanes.workspaceId, personId: boss.id });
  });
  clock.at += 86_400_000;
  await look();
  expect(await read()).toMatchObject({ error: null });
});

test('a copy is a draft without a planned start; a name that is taken gets a number', async () => {
  const { name } = await lanes.inside((trx) => readCampaign(trx, campaignId));
  const copy = () => lanes.inside((trx) => copyCampaign(trx, { workspaceId: lanes.workspaceId, personId, id: campaignId, name }));
  expect(await copy()).toMatchObject({ name: `${name} (2)`, state: 'draft', settings: { startAt: null } });
  expect(await copy()).toMatchObject({ name: `${name} (3)` });
});
