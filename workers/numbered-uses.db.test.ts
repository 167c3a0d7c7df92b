import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { rulesOf } from '#core/lane-rules.ts';
import { type Ceilings, limitsOf } from '#core/policy.ts';
import { inWorkspace } from '#sql/database.ts';
import { type Outcome, settleDeliveries, writeLedger } from '#sql/deliveries.ts';
import { readLaneAccount } from '#sql/lane.ts';
import { acquireLease, tellHostIsAlive } from '#sql/leases.ts';
import { accountUses, forgetUses } from '#sql/uses.ts';
import { readStanding } from './choose.ts';
import { type MailLanes, openMailLanes } from './testing/mail-lanes.ts';

let lanes: MailLanes;
let fences: number[];
const hostId = randomUUID();
const noon = new Date('2026-06-03T12:00:00Z');
const later = (seconds: number) => new Date(noon.getTime() + seconds * 1000);

beforeAll(async () => {
  lanes = await openMailLanes({ accounts: 2 });
  await tellHostIsAlive(lanes.base.db, { id: hostId, url: 'http://127.0.0.1:1', sealedSecret: Buffer.from('x'), slots: 1 });
});
afterAll(() => lanes[Symbol.asyncDispose]());
beforeEach(async () => {
  await lanes.inside((trx) => sql`delete from uses`.execute(trx));
  await lanes.inside((trx) => sql`delete from use_keys`.execute(trx));
  fences = [];
  for (const accountId of lanes.accountIds) {
    await lanes.inside((trx) => sql`delete from leases where account_id = ${accountId}`.execute(trx));
    const lease = await acquireLease(lanes.base.db, { workspaceId: lanes.workspaceId, accountId, hostId });
    fences.push(lease?.fence ?? 0);
  }
});

/** Deliveries of campaigns of their own to one address, all claimed by this lane. */
async function claimed(lane: number, count: number, address = 'ann@example.org'): Promise<string[]> {
  return lanes.inside(async (trx) => {
    const { rows } = await sql<{ id: string }>`
      with made as (insert into campaigns (workspace_id, name, state) select ${lanes.workspaceId}, gen_random_uuid(), 'running' from generate_series(1, ${count}::int) returning id)
      insert into deliveries (workspace_id, campaign_id, account_id, address_kind, address, body, state, fence)
      select ${lanes.workspaceId}, id, ${lanes.accountIds[lane]}, 'email', ${address}, 'Hi', 'claimed', ${fences[lane]} from made returning id`.execute(
      trx,
    );
    return rows.map((row) => row.id);
  });
}

type Ask = { lane?: number; ids: readonly string[]; ceilings?: Ceilings; now?: Date; isNewContact?: boolean };
async function commit({ lane = 0, ids, ceilings = {}, now = noon, isNewContact = false }: Ask) {
  const answers = await writeLedger(lanes.base.db, {
    workspaceId: lanes.workspaceId,
    accountId: lanes.accountIds[lane] ?? '',
    outcomes: [],
    commits: ids.map((id) => ({ id, anchor: null, isNewContact })),
    lease: { hostId, fence: fences[lane] ?? 0, marginSeconds: 1 },
    limits: limitsOf(ceilings, { firstAt: null, now }),
    now,
  });
  return ids.map((id) => answers.get(id));
}
const settle = (outcomes: readonly Outcome[], lane = 0) =>
  lanes.inside((trx) => settleDeliveries(trx, { workspaceId: lanes.workspaceId, accountId: lanes.accountIds[lane] ?? '', outcomes, now: noon }));
const usesOf = (lane = 0, limits = [100]) =>
  lanes.inside((trx) => accountUses(trx, { accountId: lanes.accountIds[lane] ?? '', proxyId: null, now: later(60), limits }));
const why = { reason: 'not_proven', error: 'lost' };
const go = { is: 'go' };

test('of two lanes that write to one person at once only as many go as that person may get', async () => {
  const [ours, theirs] = [await claimed(0, 3), await claimed(1, 3)];
  const ceilings = { perRecipientPerDay: 3 };
  const answers = (await Promise.all([commit({ ids: ours, ceilings }), commit({ lane: 1, ids: theirs, ceilings })])).flat();
  expect(answers.filter((one) => one?.is === 'go')).toHaveLength(3);
  expect(answers.filter((one) => one?.is === 'over')).toEqual(
    Array(3).fill({ is: 'over', reason: 'recipient_limit', until: later(86_400), holdsLane: false }),
  );
  const states = await lanes.inside((trx) =>
    sql<{
      state: string;
      n: number;
    }>`select state, count(*)::int as n from deliveries where id = any(${[...ours, ...theirs]}::uuid[]) group by state order by state`.execute(trx),
  );
  expect(states.rows).toEqual([
    { state: 'claimed', n: 3 },
    { state: 'committing', n: 3 },
  ]);
});

test('who is refused takes no number: the next in the same page goes', async () => {
  const ids = [...(await claimed(0, 2)), ...(await claimed(0, 1, 'bo@example.org'))];
  const answers = await commit({ ids, ceilings: { perHour: 2, perRecipientPerDay: 1 } });
  expect(answers).toMatchObject([go, { is: 'over', reason: 'recipient_limit' }, go]);
  expect(await usesOf()).toMatchObject({ count: 2, account: [noon, noon] });
  const [late] = await claimed(0, 1, 'cy@example.org');
  const ask = { ids: [late ?? ''], ceilings: { perHour: 2 } };
  expect(await commit({ ...ask, now: later(3599) })).toEqual([{ is: 'over', reason: 'account_limit', until: later(3600), holdsLane: true }]);
  expect(await commit({ ...ask, now: later(3600) })).toEqual([go]);
});

test('what is proven not to have left is given back without a gap, what stays uncertain keeps its use', async () => {
  const [first = '', second = '', third = ''] = await claimed(0, 3);
  for (const [nth, id] of [first, second, third].entries()) await commit({ ids: [id], now: later(nth), ceilings: { knownContactsPerDay: 100 } });
  await settle([{ id: second, is: 'uncertain', ...why }]);
  await settle([{ id: first, is: 'absent' }]);
  expect(await usesOf()).toMatchObject({ count: 2, account: [later(1), later(2)], warm: [later(1), later(2)] });
  const { rows } = await lanes.inside((trx) => sql<{ n: number }>`select number as n from uses order by key_id, number`.execute(trx));
  expect(rows.map((row) => row.n)).toEqual([1, 2, 1, 2, 1, 2]);
  // Said twice it is given back once: by now it is planned and has booked nothing.
  await settle([{ id: first, is: 'absent' }]);
  expect((await usesOf()).count).toBe(2);
});

test('times of a key stay in the order of its numbers, also where the clock of one host is behind', async () => {
  const ids = await claimed(0, 2);
  await commit({ ids: ids.slice(0, 1), now: later(5) });
  await commit({ ids: ids.slice(1), now: later(3) });
  expect((await usesOf()).account).toEqual([later(5), later(5)]);
});

test('as many uses are read as a limit looks back that one slice can come to', async () => {
  const ids = await claimed(0, 3);
  for (const [nth, id] of ids.entries()) await commit({ ids: [id], now: later(nth) });
  expect((await usesOf(0, [1, 2, 1_000_000])).account).toEqual([later(1), later(2)]);
  expect(await usesOf(0, [1, 1_000_000])).toMatchObject({ count: 3, account: [later(2)] });
});

test('a profile rests for an hour when more than half of its newest twenty messages came to nothing', async () => {
  const ids = await claimed(0, 20);
  await commit({ ids, now: later(7) });
  await settle(ids.slice(0, 10).map((id, nth) => ({ id, is: nth < 5 ? 'failed' : 'uncertain', ...why })));
  const failingUntil = () =>
    lanes.inside(async (trx) => {
      const found = await readLaneAccount(trx, lanes.accountIds[0] ?? '');
      if (!found) throw new Error('no account');
      const account = { ...found, channel: 'whatsapp-web' };
      return (await readStanding(trx, { account, rules: rulesOf(account), now: later(8) })).failingUntil;
    });
  const turn = (some: string[], state: string) =>
    lanes.inside((trx) => sql`update deliveries set state = ${state} where id = any(${some}::uuid[])`.execute(trx));
  expect(await failingUntil()).toBeNull();
  await turn(ids.slice(10), 'sent');
  expect(await failingUntil()).toBeNull();
  await turn(ids.slice(10, 11), 'failed');
  expect(await failingUntil()).toEqual(later(7 + 3600));
});

test('old uses are forgotten with their counters, and an account keeps the day of its first', async () => {
  await commit({ ids: await claimed(0, 2), isNewContact: true });
  await forgetUses(lanes.base.db, later(1));
  expect(await usesOf()).toEqual({ account: [], cold: [], warm: [], proxy: [], count: 2, firstAt: noon });
  await commit({ ids: await claimed(0, 1), now: later(2), ceilings: { perHour: 1, newContactsPerHour: 1 }, isNewContact: true });
  expect(await usesOf()).toMatchObject({ account: [later(2)], cold: [later(2)], count: 3 });
});

test('uses of another workspace are neither seen nor counted', async () => {
  await commit({ ids: await claimed(0, 1) });
  const seen = await inWorkspace(lanes.base.db, randomUUID(), (trx) =>
    sql<{ n: number }>`select (select count(*) from uses)::int + (select count(*) from use_keys)::int as n`.execute(trx),
  );
  expect(seen.rows).toEqual([{ n: 0 }]);
});

test('while the messenger restricts an account it writes to nobody new, and those who know it get theirs', async () => {
  const [accountId = ''] = lanes.accountIds;
  await lanes.inside((trx) => sql`delete from leases where account_id = ${accountId}`.execute(trx));
  const until = new Date(Date.now() + 3_600_000);
  await lanes.inside(async (trx) => {
    await sql`update accounts set restricted_until = ${until} where id = ${accountId}`.execute(trx);
    await sql`update accounts set paused_at = now() where id <> ${accountId}`.execute(trx);
  });
  const campaignId = await lanes.startCampaign(4);
  await lanes.inside(async (trx) => {
    await sql`update deliveries set account_id = ${accountId} where campaign_id = ${campaignId}`.execute(trx);
    await sql`with known as (insert into conversations (workspace_id, account_id, contact_id, peer)
        select workspace_id, account_id, contact_id, address from deliveries where campaign_id = ${campaignId} and position <= 2 returning *)
      insert into messages (workspace_id, account_id, conversation_id, platform_id, direction, kind, at)
      select workspace_id, account_id, id, id::text, 'in', 'text', now() from known`.execute(trx);
  });
  await lanes.runSlice(accountId);
  const { rows } = await lanes.inside((trx) =>
    sql<{ state: string; wait_reason: string | null; wait_until: Date | null }>`
      select state, wait_reason, wait_until from deliveries where campaign_id = ${campaignId} order by position`.execute(trx),
  );
  const sent = { state: 'sent', wait_reason: null, wait_until: null };
  const waits = { state: 'planned', wait_reason: 'restricted', wait_until: until };
  expect(rows).toEqual([sent, sent, waits, waits]);
});
