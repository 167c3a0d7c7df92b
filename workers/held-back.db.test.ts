import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { pauseAccount, resumeAccount } from '#sql/accounts.ts';
import { addRule, markGone } from '#sql/address-rules.ts';
import { cancelPlanned, setCampaignState } from '#sql/campaigns.ts';
import { recordConsents } from '#sql/consents.ts';
import type { Trx } from '#sql/database.ts';
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

type States = Record<string, number>;
const hasBegun = ({ sent = 0, claimed = 0 }: States) => sent > 0 && claimed > 5;

/** Does something once the slice has claimed ahead and sent a few, or is as far as `isThere` says, and answers when the slice has ended. */
async function midSlice(campaignId: string, act: (trx: Trx) => Promise<unknown>, isThere: (states: States) => boolean = hasBegun): Promise<void> {
  const slice = lanes.runSlice(accountId);
  while (!isThere(await lanes.states(campaignId)));
  await lanes.inside(act);
  await slice;
}
const reasons = (campaignId: string) =>
  lanes.inside(async (trx) => {
    const rows = await trx.selectFrom('deliveries').select(['state', 'reason']).where('campaign_id', '=', campaignId).distinct().execute();
    return rows.filter((row) => row.state !== 'sent').map((row) => `${row.state} ${row.reason}`);
  });

test('a campaign that is paused in the middle of a slice fails nobody, and goes on where it was', async () => {
  const id = await lanes.startCampaign(200);
  await midSlice(id, (trx) => setCampaignState(trx, { workspaceId: lanes.workspaceId, id, state: 'paused' }));
  expect(await reasons(id)).toEqual(['planned null']);
  await lanes.inside((trx) => setCampaignState(trx, { workspaceId: lanes.workspaceId, id, state: 'running' }));
  lanes.catcher.setFaults({});
  await lanes.runSlice(accountId);
  expect(await lanes.states(id)).toEqual({ sent: 200 });
});

test('an account that is paused in the middle of a slice fails nobody', async () => {
  const id = await lanes.startCampaign(200);
  await midSlice(id, (trx) => pauseAccount(trx, { workspaceId: lanes.workspaceId, accountId, reason: 'r', now: new Date() }));
  expect(await reasons(id)).toEqual(['planned null']);
  await lanes.inside((trx) => resumeAccount(trx, { workspaceId: lanes.workspaceId, accountId }));
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
  await lanes.runSlice(accountId);
  expect(await lanes.states(id)).toEqual({ sent: 98, skipped: 2 });
  expect((await reasons(id)).toSorted()).toEqual(['skipped address_gone', 'skipped suppressed']);
});

test('whoever a rule names while their mail is with the server gets none when the server has put it off', async () => {
  lanes.catcher.setFaults({ latencyMs: 500, rejectRecipients: [{ pattern: '*', code: 451, text: '4.7.1 Greylisted' }] });
  const id = await lanes.startCampaign(4);
  const { workspaceId } = lanes;
  const now = new Date();
  const name = async (trx: Trx) => {
    const { rows } = await sql<{
      contact_id: string;
    }>`select contact_id from deliveries where campaign_id = ${id} and address = 'person3@example.org'`.execute(trx);
    await addRule(trx, { workspaceId, effect: 'deny', kind: 'email', value: 'person1@example.org', note: '', prefix: null }, now);
    await markGone(trx, { workspaceId, kind: 'email', value: 'person2@example.org', note: 'gone' }, now);
    const refused = { state: 'refused', purpose: 'marketing', source: 'manual', evidence: 'asked' } as const;
    await recordConsents(trx, { workspaceId, contactIds: rows.map((row) => row.contact_id), ...refused, at: now });
  };
  await midSlice(id, name, ({ committing = 0 }) => committing === 4);
  expect(await lanes.states(id)).toEqual({ planned: 4 });
  lanes.catcher.setFaults({});
  await lanes.inside((trx) => sql`update deliveries set due_at = now() where state = 'planned'`.execute(trx));
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
