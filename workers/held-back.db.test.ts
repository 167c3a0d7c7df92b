import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { pauseAccount, resumeAccount } from '#sql/accounts.ts';
import { markGone } from '#sql/address-rules.ts';
import { cancelPlanned, setCampaignState } from '#sql/campaigns.ts';
import { recordConsents } from '#sql/consents.ts';
import type { Trx } from '#sql/database.ts';
import { listCampaignDeliveries } from '#sql/delivery-list.ts';
import { silentLanes } from '#sql/lane.ts';
import { resumeSending, stopSending } from '#sql/sending.ts';
import { suppressContact } from '#sql/suppressions.ts';
import { type MailLanes, openMailLanes } from './testing/mail-lanes.ts';

let lanes: MailLanes;
let accountId: string;
beforeAll(async () => {
  lanes = await openMailLanes({ accounts: 1 });
  accountId = lanes.accountIds[0] ?? '';
});
afterAll(() => lanes[Symbol.asyncDispose]());
beforeEach(async () => {
  lanes.catcher.setFaults({ latencyMs: 10 });
  await lanes.inside((trx) => sql`delete from campaigns`.execute(trx));
  await lanes.inside((trx) => sql`delete from suppressions`.execute(trx));
  await lanes.inside((trx) => sql`delete from standing_consents`.execute(trx));
  await lanes.inside((trx) => sql`delete from address_rules`.execute(trx));
});

/** Does something once the slice has claimed ahead and sent a few, and answers when the slice has ended. */
async function midSlice(campaignId: string, act: (trx: Trx) => Promise<unknown>): Promise<void> {
  const slice = lanes.runSlice(accountId);
  for (;;) {
    const { sent = 0, claimed = 0 } = await lanes.states(campaignId);
    if (sent > 0 && claimed > 5) break;
  }
  await lanes.inside(act);
  await slice;
}
/** A slice ends after seconds, on a busy machine before all have theirs. */
async function sendAll(campaignId: string): Promise<void> {
  do await lanes.runSlice(accountId);
  while ((await lanes.states(campaignId)).planned);
}
const reasons = (campaignId: string) =>
  lanes.inside(async (trx) => {
    const rows = await trx.selectFrom('deliveries').select(['state', 'reason']).where('campaign_id', '=', campaignId).distinct().execute();
    return rows.filter((row) => row.state !== 'sent').map((row) => `${row.state} ${row.reason}`);
  });

const whyNot = (campaignId: string) =>
  lanes.inside(async (trx) => {
    const { rows } = await listCampaignDeliveries(trx, { campaignId, state: 'planned', limit: 200 });
    return [...new Set(rows.map((row) => row.waitReason))];
  });
async function administrator() {
  const client = new pg.Client({ connectionString: lanes.base.url });
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}

test('a campaign that is paused in the middle of a slice fails nobody, and goes on where it was', async () => {
  const id = await lanes.startCampaign(200);
  await midSlice(id, (trx) => setCampaignState(trx, { workspaceId: lanes.workspaceId, id, state: 'paused' }));
  expect(await reasons(id)).toEqual(['planned null']);
  await lanes.inside((trx) => setCampaignState(trx, { workspaceId: lanes.workspaceId, id, state: 'running' }));
  lanes.catcher.setFaults({});
  await sendAll(id);
  expect(await lanes.states(id)).toEqual({ sent: 200 });
});

test('an account that is paused in the middle of a slice fails nobody', async () => {
  const id = await lanes.startCampaign(200);
  await midSlice(id, (trx) => pauseAccount(trx, { workspaceId: lanes.workspaceId, accountId, reason: 'r', now: new Date() }));
  expect(await reasons(id)).toEqual(['planned null']);
  await lanes.inside((trx) => resumeAccount(trx, { workspaceId: lanes.workspaceId, accountId }));
});

test('a workspace that is stopped in the middle of a slice sends nothing more, says so, and goes on where it was', async () => {
  const id = await lanes.startCampaign(200);
  const { workspaceId, queue } = lanes;
  await midSlice(id, async (trx) => {
    const { rows } = await sql<{ id: string }>`select id from people limit 1`.execute(trx);
    await stopSending(trx, { workspaceId, personId: rows[0]?.id ?? '', why: 'wrong text', now: new Date() });
  });
  const before = (await lanes.states(id)).sent;
  await lanes.runSlice(accountId);
  expect((await lanes.states(id)).sent).toBe(before);
  expect(await whyNot(id)).toEqual(['workspace_stopped']);
  await lanes.inside((trx) => resumeSending(trx, queue, workspaceId));
  lanes.catcher.setFaults({});
  await sendAll(id);
  expect(await lanes.states(id)).toEqual({ sent: 200 });
});

test('data that were restored somewhere else send nothing until somebody says that they are the ones that send', async () => {
  const id = await lanes.startCampaign(5);
  await using copy = await administrator();
  await copy.query(`update installation set mark = 'another cluster'`);
  await lanes.runSlice(accountId);
  expect(await lanes.states(id)).toEqual({ planned: 5 });
  expect(await whyNot(id)).toEqual(['database_copied']);
  expect(await silentLanes(lanes.base.db)).toEqual([]);
  await copy.query('select adopt_database()');
  await sendAll(id);
  expect(await lanes.states(id)).toEqual({ sent: 5 });
});

test('who opts out, and an address that is gone, between claim and commit get nothing; the others get theirs', async () => {
  const id = await lanes.startCampaign(100);
  await midSlice(id, async (trx) => {
    const { rows } = await sql<{ contact_id: string; address: string }>`
      select contact_id, address from deliveries where campaign_id = ${id} and state = 'claimed' order by position desc limit 2`.execute(trx);
    const { workspaceId } = lanes;
    const now = new Date();
    await suppressContact(trx, { workspaceId, contactId: rows[0]?.contact_id ?? '', source: 'manual', evidence: 'asked', now });
    await markGone(trx, { workspaceId, kind: 'email', value: rows[1]?.address ?? '', note: 'gone' }, now);
  });
  await sendAll(id);
  expect(await lanes.states(id)).toEqual({ sent: 98, skipped: 2 });
  expect((await reasons(id)).toSorted()).toEqual(['skipped address_gone', 'skipped suppressed']);
});

test('whoever a rule names while their mail is with the server gets none when the server has put it off', async () => {
  lanes.catcher.setFaults({ rejectRecipients: [{ pattern: '*', code: 451, text: '4.7.1 Greylisted' }] });
  const id = await lanes.startCampaign(4);
  const { workspaceId } = lanes;
  await lanes.runSlice(accountId);
  expect(await lanes.states(id)).toEqual({ planned: 4 });
  // Past the code that skips what waits, which does not reach what is with the server.
  await lanes.inside(async (trx) => {
    const rule = { workspace_id: workspaceId, kind: 'email', note: '' };
    const deny = { ...rule, effect: 'deny', value: 'person1@example.org' };
    await trx
      .insertInto('address_rules')
      .values([deny, { ...rule, effect: 'gone', value: 'person2@example.org' }])
      .execute();
    const { rows } = await sql<{ contact_id: string }>`
      select contact_id from deliveries where campaign_id = ${id} and address = 'person3@example.org'`.execute(trx);
    const refused = { state: 'refused', purpose: 'marketing', source: 'manual', evidence: 'asked' } as const;
    await recordConsents(trx, { workspaceId, contactIds: rows.map((row) => row.contact_id), ...refused, at: new Date() });
    await sql`update deliveries set due_at = now() where state = 'planned'`.execute(trx);
  });
  lanes.catcher.setFaults({});
  await lanes.runSlice(accountId);
  expect(await lanes.states(id)).toEqual({ sent: 1, skipped: 3 });
  expect((await reasons(id)).toSorted()).toEqual(['skipped address_gone', 'skipped denied', 'skipped no_consent']);
});

test('what was claimed when its campaign is cancelled is cancelled too', async () => {
  const id = await lanes.startCampaign(200);
  await midSlice(id, async (trx) => {
    await cancelPlanned(trx, id);
    await setCampaignState(trx, { workspaceId: lanes.workspaceId, id, state: 'cancelled' });
  });
  expect(await reasons(id)).toEqual(['cancelled campaign_cancelled']);
});
