import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { setCampaignState } from '#sql/campaigns.ts';
import { databaseClock } from '#sql/clock.ts';
import { writeLedger } from '#sql/deliveries.ts';
import { eventBounds, readEvents } from '#sql/events.ts';
import { tellHostIsAlive } from '#sql/leases.ts';
import { type Hold, Holds } from './holds.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { type MailLanes, openMailLanes } from './testing/mail-lanes.ts';
import { createUses } from './uses.ts';

let lanes: MailLanes;
let hold: Hold;
const hostId = randomUUID();

beforeAll(async () => {
  lanes = await openMailLanes({ accounts: 1 });
  await tellHostIsAlive(lanes.base.db, { id: hostId, url: 'http://127.0.0.1:1', sealedSecret: Buffer.from('x'), slots: 1 });
  const holds = new Holds(lanes.base.db, hostId);
  holds.know(accountId(), lanes.workspaceId);
  hold = await holds.acquire(accountId());
});
afterAll(() => lanes[Symbol.asyncDispose]());

const accountId = () => lanes.accountIds[0] ?? '';
const open = (most: number, held = hold): Ledger =>
  createLedger(
    { db: lanes.base.db, hostId, clock: databaseClock(lanes.base.db), tell: () => undefined },
    {
      account: { id: accountId(), workspaceId: lanes.workspaceId, channel: 'email' },
      hold: held,
      uses: createUses({ account: [], cold: [], warm: [], proxy: [], count: 0 }),
      limits: [],
      most,
    },
  );

/** A running campaign whose deliveries this host has claimed. */
async function claimed(people: number): Promise<{ campaignId: string; ids: string[] }> {
  const campaignId = await lanes.startCampaign(people);
  const rows = await lanes.inside((trx) =>
    sql<{
      id: string;
    }>`update deliveries set state = 'claimed', fence = ${hold.fence}, claimed_at = now() where campaign_id = ${campaignId} returning id`.execute(
      trx,
    ),
  );
  return { campaignId, ids: rows.rows.map((row) => row.id) };
}
const commitOf = (id: string) => ({ id, anchor: null, isNewContact: true });
const sent = (id: string) =>
  ({
    is: 'outcome',
    outcome: { id, is: 'sent', platformId: `<${id}@test>`, at: new Date(), conversation: `${id}@example.org`, text: 'Hi' },
  }) as const;
const writers = (campaignId: string) =>
  lanes.inside(async (trx) => {
    const found = await sql<{ n: number }>`select count(distinct xmin::text)::int as n from deliveries where campaign_id = ${campaignId}`.execute(
      trx,
    );
    return found.rows[0]?.n;
  });

test('what arrives together is written by one transaction', async () => {
  const { campaignId, ids } = await claimed(5);
  const ledger = open(5);
  await Promise.all(ids.map((id) => ledger.commit(commitOf(id))));
  expect(await lanes.states(campaignId)).toEqual({ committing: 5 });
  expect(await writers(campaignId)).toBe(1);
});

test('who arrives alone is not kept waiting for others', async () => {
  const { campaignId, ids } = await claimed(1);
  await open(20).commit(commitOf(ids[0] ?? ''));
  expect(await lanes.states(campaignId)).toEqual({ committing: 1 });
});

test('never are more committing than may be at once: the next waits until one has ended', async () => {
  const { campaignId, ids } = await claimed(3);
  const [first = '', second = '', third = ''] = ids;
  const ledger = open(2);
  const [one, two, three] = [first, second, third].map((id) => ledger.commit(commitOf(id)));
  await Promise.all([one, two]);
  expect(await lanes.states(campaignId)).toEqual({ committing: 2, claimed: 1 });
  await Promise.all([ledger.settle(first, sent(first)), three]);
  expect(await lanes.states(campaignId)).toEqual({ sent: 1, committing: 2 });
});

test('a database that does not write fails those who wait, and nothing stays half done', async () => {
  const { campaignId, ids } = await claimed(1);
  const ledger = open(1, { ...hold, fence: Number.NaN });
  await expect(ledger.commit(commitOf(ids[0] ?? ''))).rejects.toThrow('bigint');
  expect(await lanes.states(campaignId)).toEqual({ claimed: 1 });
});

test('once something could not be written nothing more is begun, since nobody knows what is committing; what ends later is still written', async () => {
  const { campaignId, ids } = await claimed(4);
  const [first = '', second = '', third = '', fourth = ''] = ids;
  const until = { ...hold };
  const ledger = open(2, until);
  await Promise.all([ledger.commit(commitOf(first)), ledger.commit(commitOf(second))]);
  const waiting = ledger.commit(commitOf(third)).catch(String);
  until.fence = Number.NaN;
  await expect(ledger.settle(first, sent(first))).rejects.toThrow('bigint');
  until.fence = hold.fence;
  expect(await waiting).toContain('bigint');
  await expect(ledger.commit(commitOf(fourth))).rejects.toThrow('bigint');
  await ledger.settle(second, sent(second));
  expect(await lanes.states(campaignId)).toEqual({ committing: 1, sent: 1, claimed: 2 });
});

test('an outcome and the next commit are one transaction, and both are told of', async () => {
  const { campaignId, ids } = await claimed(2);
  const [first = '', second = ''] = ids;
  const ledger = open(1);
  await ledger.commit(commitOf(first));
  const { last } = await eventBounds(lanes.base.db);
  const both = open(2);
  await Promise.all([both.settle(first, sent(first)), both.commit(commitOf(second))]);
  expect(await lanes.states(campaignId)).toEqual({ sent: 1, committing: 1 });
  expect(await writers(campaignId)).toBe(1);
  // Every one of them passes the schema of events: `readEvents` leaves out what does not.
  const told = async () => (await readEvents(lanes.base.db, last)).map(({ event }) => event);
  await expect.poll(told).toMatchObject([
    { kind: 'delivery_changed', deliveryId: first, campaignId, accountId: accountId() },
    { kind: 'message_added', accountId: accountId() },
  ]);
});

test('of those who ask together only the ones that may not go out any more are refused', async () => {
  const [stays, paused] = [await claimed(1), await claimed(1)];
  await lanes.inside((trx) => setCampaignState(trx, { workspaceId: lanes.workspaceId, id: paused.campaignId, state: 'paused' }));
  const ledger = open(2);
  const asked = await Promise.allSettled([...stays.ids, ...paused.ids].map((id) => ledger.commit(commitOf(id))));
  expect(asked).toMatchObject([{ status: 'fulfilled' }, { status: 'rejected', reason: { code: 'wrong_state' } }]);
  expect(await lanes.states(stays.campaignId)).toEqual({ committing: 1 });
  expect(await lanes.states(paused.campaignId)).toEqual({ claimed: 1 });
});

test('somebody who says stop while a page is being written undoes nothing of it', async () => {
  const { campaignId, ids } = await claimed(3);
  const [first = '', second = '', third = ''] = ids;
  const ledger = open(3);
  await ledger.commit(commitOf(first));
  const { page } = await lanes.inside(async (trx) => {
    await sql`select from deliveries where id = ${second} for update`.execute(trx);
    const writing = Promise.all([ledger.settle(first, sent(first)), ledger.commit(commitOf(second)), ledger.commit(commitOf(third))]);
    writing.catch(() => undefined);
    const waits = sql<{
      n: number;
    }>`select count(*)::int as n from pg_stat_activity where datname = current_database() and cardinality(pg_blocking_pids(pid)) > 0`;
    await expect.poll(async () => (await waits.execute(lanes.base.db)).rows[0]?.n, { timeout: 10_000 }).toBe(1);
    await lanes.inside((other) =>
      sql`insert into suppressions (workspace_id, contact_id, source) select workspace_id, contact_id, 'manual' from deliveries where id = ${third}`.execute(
        other,
      ),
    );
    return { page: writing };
  });
  await page;
  expect(await lanes.states(campaignId)).toEqual({ sent: 1, committing: 2 });
});

test('near the end of the lease nothing is committed, and what has ended is still written', async () => {
  const { campaignId, ids } = await claimed(2);
  const [first = '', second = ''] = ids;
  await open(1).commit(commitOf(first));
  const late = open(2, { ...hold, remainingMs: () => 14_999 });
  const [settled, committed] = await Promise.allSettled([late.settle(first, sent(first)), late.commit(commitOf(second))]);
  expect(settled.status).toBe('fulfilled');
  expect(committed).toMatchObject({ status: 'rejected', reason: { code: 'lease_lost' } });
  expect(await lanes.states(campaignId)).toEqual({ sent: 1, claimed: 1 });
});

test('a mail to many leaves a conversation where it stands in the inbox, also in the archive; one to its person alone brings it up', async () => {
  const conversation = 'person1@example.org';
  const first = await claimed(1);
  const talk = () =>
    lanes.inside((trx) =>
      trx
        .selectFrom('conversations')
        .innerJoin('messages', 'messages.conversation_id', 'conversations.id')
        .select(['last_message_at', 'archived_at', (of) => of.fn.countAll().as('messages')])
        .where('peer', '=', conversation)
        .groupBy('conversations.id')
        .executeTakeFirst(),
    );
  const send = async (id: string, at: Date) => {
    const ledger = open(1);
    await ledger.commit(commitOf(id));
    const { outcome } = sent(id);
    await ledger.settle(id, { is: 'outcome', outcome: { ...outcome, conversation, at } });
  };
  const [then, archived, now] = [new Date('2026-01-01'), new Date('2026-01-02'), new Date('2026-01-03')];
  await lanes.inside((trx) => trx.deleteFrom('conversations').execute());
  await send(first.ids[0] ?? '', then);
  await lanes.inside((trx) => trx.updateTable('conversations').set({ archived_at: archived }).execute());
  await send((await claimed(1)).ids[0] ?? '', now);
  expect(await talk()).toEqual({ last_message_at: then, archived_at: archived, messages: 2 });
  const alone = (await claimed(1)).ids[0] ?? '';
  await lanes.inside((trx) => trx.updateTable('deliveries').set({ campaign_id: null, body: 'Hi' }).where('id', '=', alone).execute());
  await send(alone, now);
  expect(await talk()).toEqual({ last_message_at: now, archived_at: null, messages: 3 });
});

test('a page in the name of one workspace writes nothing of another', async () => {
  const { campaignId, ids } = await claimed(2);
  const [first = '', second = ''] = ids;
  await open(2).commit(commitOf(first));
  const write = (workspaceId: string) =>
    writeLedger(lanes.base.db, {
      workspaceId,
      accountId: accountId(),
      outcomes: [sent(first).outcome],
      commits: [commitOf(second)],
      lease: { hostId, fence: hold.fence, marginSeconds: 15 },
      limits: [],
      now: new Date(),
    });
  expect((await write(randomUUID())).size).toBe(0);
  expect(await lanes.states(campaignId)).toEqual({ committing: 1, claimed: 1 });
  expect([...(await write(lanes.workspaceId)).keys()]).toEqual([second]);
  expect(await lanes.states(campaignId)).toEqual({ sent: 1, committing: 1 });
});

test('a delivery that the lane gives back is planned again', async () => {
  const { campaignId, ids } = await claimed(1);
  await open(1).settle(ids[0] ?? '', { is: 'lane_waits', reason: 'not_ready', until: new Date() });
  expect(await lanes.states(campaignId)).toEqual({ planned: 1 });
});

test('a failure before the commit counts as one try, and one after it is counted already', async () => {
  const { campaignId, ids } = await claimed(3);
  const [early = '', late = '', held = ''] = ids;
  const ledger = open(3);
  await ledger.commit(commitOf(late));
  const again = { reason: 'draft_present', error: 'A draft.', until: new Date() };
  await ledger.settle(early, { is: 'outcome', outcome: { id: early, is: 'retry', ...again } });
  await ledger.settle(late, { is: 'outcome', outcome: { id: late, is: 'retry', ...again } });
  await ledger.settle(held, { is: 'outcome', outcome: { id: held, is: 'waits', reason: 'restricted', until: new Date() } });
  const tries = await lanes.inside((trx) => trx.selectFrom('deliveries').select(['id', 'attempt']).where('campaign_id', '=', campaignId).execute());
  expect(Object.fromEntries(tries.map(({ id, attempt }) => [id, attempt]))).toEqual({ [early]: 1, [late]: 1, [held]: 0 });
});

test('once another host has taken the lane over, nothing is still written but what was sent', async () => {
  const { campaignId, ids } = await claimed(2);
  const [first = '', second = ''] = ids;
  const ledger = open(2, { ...hold, remainingMs: () => 0 });
  const before = open(2);
  await Promise.all(ids.map((id) => before.commit(commitOf(id))));
  await lanes.inside((trx) => sql`update leases set fence = fence + 1 where account_id = ${accountId()}`.execute(trx));
  await ledger.settle(first, { is: 'outcome', outcome: { id: first, is: 'absent' } });
  await ledger.settle(second, sent(second));
  expect(await lanes.states(campaignId)).toEqual({ committing: 1, sent: 1 });
});

test('a lease that is taken again while it is given back stays ours', async () => {
  const holds = new Holds(lanes.base.db, hostId);
  const id = accountId();
  holds.know(id, lanes.workspaceId);
  let mine = await holds.acquire(id);
  for (let nth = 0; nth < 40; nth += 1) {
    const [again] = await Promise.all([holds.acquire(id), holds.release(mine)]);
    mine = await holds.renew(again);
    const [, next] = await Promise.all([holds.release(mine), holds.acquire(id)]);
    mine = await holds.renew(next);
  }
  expect(mine.remainingMs()).toBeGreaterThan(0);
});
