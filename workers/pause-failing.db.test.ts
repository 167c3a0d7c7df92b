import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { readCampaign, requireState, setCampaignState } from '#sql/campaigns.ts';
import { inWorkspace } from '#sql/database.ts';
import { pauseIfFailing } from '#sql/failure-share.ts';
import { pauseFailing } from './pause-failing.ts';
import { type MailLanes, openMailLanes } from './testing/mail-lanes.ts';

let lanes: MailLanes;
let told: number;
beforeAll(async () => {
  lanes = await openMailLanes({ accounts: 3 });
});
afterAll(() => lanes[Symbol.asyncDispose]());
beforeEach(async () => {
  told = 0;
  lanes.catcher.setFaults({});
  await lanes.inside((trx) => sql`delete from campaigns`.execute(trx));
});

const look = () => pauseFailing({ db: lanes.base.db, tell: () => (told += 1) });
const campaign = (id: string) => lanes.inside((trx) => readCampaign(trx, id));
/** The oldest first: `end('fffs')` is three that failed and then one that was sent. */
async function end(campaignId: string, fates: string, at = 'clock_timestamp()'): Promise<void> {
  const state = { f: 'failed', s: 'sent', u: 'uncertain', k: 'skipped' };
  const rows = [...fates].map((fate, index) => ({ index, state: state[fate as keyof typeof state] })); // The tests write these letters only.
  await lanes.inside((trx) =>
    sql`with open as (select id, row_number() over (order by position) - 1 as index from deliveries where campaign_id = ${campaignId} and state = 'planned')
      update deliveries d set state = f.state, ended_at = ${sql.raw(at)} + f.index * interval '1 microsecond'
        from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as f (index int, state text) join open o on o.index = f.index where d.id = o.id`.execute(
      trx,
    ),
  );
}
const resume = (id: string) =>
  lanes.inside(async (trx) => {
    await requireState(trx, id, ['paused'], '');
    await setCampaignState(trx, { workspaceId: lanes.workspaceId, id, state: 'running' });
  });
const f = (count: number) => 'f'.repeat(count);
const s = (count: number) => 's'.repeat(count);

test('a campaign whose mails are refused is paused, and says how many of how many failed', async () => {
  lanes.catcher.setFaults({ rejectRecipients: [{ pattern: '*', code: 550, text: '5.1.1 No such user' }] });
  const id = await lanes.startCampaign(90, { errorShareToPause: 0.5 });
  await lanes.inside((trx) => sql`update deliveries set due_at = now() + interval '1 hour' where position > 60`.execute(trx));
  await Promise.all(lanes.accountIds.map((accountId) => lanes.runSlice(accountId)));
  expect(await lanes.states(id)).toEqual({ failed: 60, planned: 30 });
  expect(await look()).toEqual([id]);
  expect(await campaign(id)).toMatchObject({ state: 'paused', stateWhy: 'too_many_failed', failureShare: { failed: 60, of: 60, limit: 0.5 } });
  expect(told).toBe(1);
  const events = await lanes.inside((trx) => trx.selectFrom('events').select('subject').orderBy('id', 'desc').limit(1).execute());
  expect(events[0]?.subject).toEqual({ kind: 'campaign_changed', campaignId: id });
});

test('fewer than 20 ends prove nothing, and a share that is met but not exceeded is allowed', async () => {
  const id = await lanes.startCampaign(60, { errorShareToPause: 0.5 });
  await end(id, f(19));
  expect(await look()).toEqual([]);
  await end(id, s(19));
  expect(await look()).toEqual([]);
  await end(id, 'f');
  expect(await look()).toEqual([id]);
});

test('skipped and uncertain deliveries count on neither side, nor does what a person declared failed', async () => {
  const id = await lanes.startCampaign(120, { errorShareToPause: 0.5 });
  await end(id, `${'k'.repeat(30)}${'u'.repeat(30)}${f(9)}${s(10)}`);
  await end(id, f(12));
  await lanes.inside((trx) =>
    sql`update deliveries set reason = 'resolved_by_person' where id in (select id from deliveries where state = 'failed' order by ended_at desc limit 12)`.execute(
      trx,
    ),
  );
  expect(await look()).toEqual([]);
  await end(id, f(3));
  expect((await look()).length).toBe(1);
  expect((await campaign(id)).failureShare).toMatchObject({ failed: 12, of: 22 });
});

test('a campaign that breaks after a good start is judged by its newest hundred', async () => {
  const id = await lanes.startCampaign(400, { errorShareToPause: 0.5 });
  await end(id, s(300));
  await end(id, f(50));
  expect(await look()).toEqual([]);
  await end(id, 'f');
  expect(await look()).toEqual([id]);
  expect((await campaign(id)).failureShare).toEqual({ failed: 51, of: 100, limit: 0.5 });
});

test('a person who resumes starts a fresh count, and it is paused again only by new failures', async () => {
  const id = await lanes.startCampaign(100, { errorShareToPause: 0.2 });
  await end(id, f(30));
  expect(await look()).toEqual([id]);
  await resume(id);
  expect(await campaign(id)).toMatchObject({ state: 'running', stateWhy: null, failureShare: null });
  expect(await look()).toEqual([]);
  await end(id, f(19));
  expect(await look()).toEqual([]);
  await end(id, f(1));
  expect(await look()).toEqual([id]);
});

test('many workers that look at once, while lanes settle, pause once', async () => {
  lanes.catcher.setFaults({ rejectRecipients: [{ pattern: '*', code: 550, text: '5.1.1 No such user' }] });
  const id = await lanes.startCampaign(600, { errorShareToPause: 0.3 });
  const slices = lanes.accountIds.map((accountId) => lanes.runSlice(accountId));
  let isDone = false;
  const looking = Array.from({ length: 4 }, async () => {
    const found: string[] = [];
    while (!isDone) found.push(...(await look()));
    return found;
  });
  await Promise.all(slices).finally(() => {
    isDone = true;
  });
  expect((await Promise.all(looking)).flat()).toEqual([id]);
  expect((await campaign(id)).state).toBe('paused');
  // What was under way has ended one way or the other, the rest waits unharmed.
  const { failed = 0, planned = 0, ...others } = await lanes.states(id);
  expect({ sum: failed + planned, others }).toEqual({ sum: 600, others: {} });
  expect(planned).toBeGreaterThan(0);
  const wrong = await lanes.inside((trx) => sql`select 1 from deliveries where state = 'failed' and reason <> 'mail_refused'`.execute(trx));
  expect(wrong.rows).toEqual([]);
});

test('a share of 1 never pauses, and a campaign with nothing left to send is left to its end', async () => {
  const never = await lanes.startCampaign(50, { errorShareToPause: 1 });
  await end(never, f(40));
  const over = await lanes.startCampaign(30, { errorShareToPause: 0.1 });
  await end(over, f(30));
  expect(await look()).toEqual([]);
});

test('from another workspace a failing campaign is not there', async () => {
  const id = await lanes.startCampaign(60, { errorShareToPause: 0.5 });
  await end(id, f(30));
  const stranger = randomUUID();
  expect(await inWorkspace(lanes.base.db, stranger, (trx) => pauseIfFailing(trx, { workspaceId: stranger, campaignId: id }))).toBe(false);
  expect((await campaign(id)).state).toBe('running');
  expect(await lanes.inside((trx) => pauseIfFailing(trx, { workspaceId: lanes.workspaceId, campaignId: id }))).toBe(true);
});
