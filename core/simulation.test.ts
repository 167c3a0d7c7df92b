import { expect, test } from 'vitest';
import { rulesOf } from './lane-rules.ts';
import { type SimulatedLane, type SimulatedSend, simulate } from './simulation.ts';
import { outlineOf } from './simulation-outline.ts';

const noon = new Date('2026-06-03T12:00:00Z');
const after = (minutes: number) => new Date(noon.getTime() + minutes * 60_000);
const steady = { mode: 'human', gapSeconds: 60, gapSpreadSeconds: 0, batchSize: 10_000 };

function lane(
  accountId: string,
  sends: number,
  given: { ceilings?: object; quietHours?: object | null } & Partial<SimulatedLane> = {},
): SimulatedLane {
  const { ceilings = {}, quietHours = null, ...rest } = given;
  const wide = { perMinute: 100, perHour: 1000, perDay: 1000, newContactsPerDay: 1000, warmUp: false };
  const rules = rulesOf({
    ...{ id: accountId, channel: 'whatsapp-web', pace: {}, workspaceZone: 'UTC', ceilings: { ...wide, ...ceilings } },
    workspaceSettings: { quietHours, pace: steady },
  });
  const send: SimulatedSend = { isOurs: true, dueAt: noon, zone: 'UTC', isReply: false, isNewContact: true, recipientUses: [], isReach: true };
  return {
    ...{ accountId, rules, uses: { account: [], cold: [], warm: [], portfolio: [] }, proxy: null, portfolioId: null, count: 0, firstAt: null },
    ...{ restrictedUntil: null, failingUntil: null, restsUntil: null, held: null, beforeCommitMs: 0, afterCommitMs: 0 },
    sends: Array.from({ length: sends }, () => ({ ...send })),
    ...rest,
  };
}
function drawAll(lanes: readonly SimulatedLane[]) {
  const run = simulate(lanes, noon);
  let step = run.next();
  while (!step.done) step = run.next();
  return step.value;
}
const times = (lanes: readonly SimulatedLane[]) => drawAll(lanes).drawn.map(({ at }) => new Date(at));

test('the pace, the ceiling of an hour and the night decide when each goes', () => {
  expect(times([lane('a', 3)])).toEqual([after(0), after(1), after(2)]);
  expect(times([lane('a', 3, { ceilings: { perHour: 2 } })])).toEqual([after(0), after(1), after(60)]);
  expect(times([lane('a', 2, { quietHours: { from: '12:01', to: '12:30' } })])).toEqual([after(0), after(30)]);
});

test('a send takes its time: to the commit, which the pace counts from, and to its proof', () => {
  expect(times([lane('a', 2, { beforeCommitMs: 30_000, afterCommitMs: 90_000 })])).toEqual([after(2), after(4)]);
});

test('accounts behind one proxy, and numbers of one portfolio, share what these may carry', () => {
  const behind = { ceilings: { perProxyPerHour: 2 }, proxy: { id: 'p', uses: [] } };
  expect(times([lane('a', 2, behind), lane('b', 2, behind)]).map((at) => at.getTime() >= after(60).getTime())).toEqual([false, false, true, true]);
  const owned = { ceilings: { peoplePerPortfolioPerDay: 3 }, portfolioId: 'shop' };
  expect(times([lane('a', 2, owned), lane('b', 2, owned)]).filter((at) => at >= after(24 * 60))).toHaveLength(1);
});

test('what stands before it in the lane goes first, and is not counted as its own', () => {
  const other = lane('a', 2).sends.map((send) => ({ ...send, isOurs: false }));
  const own = lane('a', 1).sends;
  const outline = outlineOf(drawAll([lane('a', 0, { sends: [...other, ...own] })]), ['a']);
  expect(outline).toMatchObject({ going: 1, lanes: [{ count: 1, firstAt: after(2), waits: [{ reason: 'pace', ms: 120_000 }] }] });
});

test('a paused account and a ceiling of none leave theirs behind, and say why', () => {
  const run = drawAll([lane('a', 2, { held: 'account_paused' }), lane('b', 3, { ceilings: { newContactsPerDay: 0 } }), lane('c', 1)]);
  expect(run.left.toSorted((x, y) => x.count - y.count)).toEqual([
    { accountId: 'a', reason: 'account_paused', count: 2 },
    { accountId: 'b', reason: 'new_contact_limit', count: 3 },
  ]);
  expect(run.drawn).toHaveLength(1);
});

test('the outline counts per account and hour, and names the time of each quarter', () => {
  const outline = outlineOf(drawAll([lane('a', 4, { ceilings: { perHour: 2 } }), lane('b', 4)]), ['a', 'b']);
  expect(outline.bars).toEqual([
    { at: after(0), counts: [2, 4] },
    { at: after(60), counts: [2, 0] },
  ]);
  expect(outline.quarters.map(({ at }) => at)).toEqual([after(0), after(1), after(3), after(61)]);
});
