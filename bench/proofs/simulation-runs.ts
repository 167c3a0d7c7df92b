import type { LaneRules } from '#core/lane-rules.ts';
import { createPace, PaceSettings } from '#core/pace.ts';
import { limitsOf, QuietHours, type UseKind } from '#core/policy.ts';
import { type Drawn, type SimulatedLane, type SimulatedSend, simulate } from '#core/simulation.ts';
import { type Asked, fullLimits, isQuietAt, type Noted } from './policy-oracle.ts';
import { type Dice, diceOf, randomCeilings } from './policy-runs.ts';

const dayMs = 86_400_000;
const mostLanes = 3;
const start = new Date('2026-03-27T12:00:00Z');
const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe'];

/**
 * One random plan, drawn and judged by an oracle that only counts: everybody goes once or is named as left by a ceiling of none; nothing goes that
 * may not; no account stands still while somebody of its line may go; and the last one goes within the days that the tightest ceiling takes.
 */
export function drawAndJudge(seed: number): string[] {
  const dice = diceOf(seed);
  const lanes = Array.from({ length: dice.upTo(mostLanes) }, (_, nth) => randomLane(dice, `${seed}/${nth}`));
  const run = simulate(lanes, start);
  let step = run.next();
  while (!step.done) step = run.next();
  const { drawn, left } = step.value;
  const lanesById = new Map(lanes.map((lane) => [lane.accountId, lane]));
  const noted = drawn.flatMap(({ accountId, send, at }) => {
    const lane = lanesById.get(accountId);
    return Object.entries(lane ? keysOf(lane, send) : {}).map(([kind, key]): Noted => ({ kind: kind as UseKind, key, at }));
  });
  const uses = Map.groupBy(
    noted.filter((use) => use.kind !== 'recipient'),
    (use) => `${use.kind} ${use.key}`,
  );
  const problems = lanes.flatMap((lane) => {
    const own = drawn.filter((one) => one.accountId === lane.accountId);
    const named = left.filter((one) => one.accountId === lane.accountId).reduce((sum, one) => sum + one.count, 0);
    return judgeLane(lane, own, { uses, left: named });
  });
  return problems.map((problem) => `plan ${seed}: ${problem}`);
}

function randomLane(dice: Dice, accountId: string): SimulatedLane {
  const { upTo, one, random } = dice;
  const time = () => `${String(upTo(24) - 1).padStart(2, '0')}:${one(['00', '15', '30', '59'])}`;
  const quietHours = random() < 0.5 ? QuietHours.parse({ from: time(), to: time(), weekdays: random() < 0.3 ? [upTo(7)] : [] }) : null;
  const paceSettings = PaceSettings.parse({ gapSeconds: 5, gapSpreadSeconds: 40, batchSize: upTo(10) });
  const ceilings = randomCeilings(dice);
  const rules: LaneRules = {
    ceilings,
    settings: { quietHours },
    paceSettings,
    pace: createPace({ seed: accountId, settings: paceSettings }),
    zone: 'UTC',
  };
  return {
    accountId,
    rules,
    uses: { account: [], cold: [], warm: [], portfolio: [] },
    proxy: random() < 0.5 ? { id: 'one', uses: [] } : null,
    portfolioId: null,
    count: 0,
    firstAt: null,
    restrictedUntil: random() < 0.1 ? new Date(start.getTime() + upTo(48) * 3_600_000) : null,
    failingUntil: random() < 0.1 ? new Date(start.getTime() + upTo(60) * 60_000) : null,
    restsUntil: null,
    held: null,
    beforeCommitMs: 0,
    afterCommitMs: 0,
    sends: Array.from({ length: upTo(20) }, () => randomSend(dice)).toSorted(
      (a, b) => Number(b.isReply) - Number(a.isReply) || a.dueAt.getTime() - b.dueAt.getTime(),
    ),
  };
}

function randomSend({ random, one, upTo }: Dice): SimulatedSend {
  const isReply = random() < 0.1;
  const recipientUses = random() < 0.2 ? [new Date(start.getTime() - upTo(23) * 3_600_000)] : [];
  const dueAt = isReply || random() < 0.7 ? start : new Date(start.getTime() + upTo(50) * 3_600_000);
  return { isOurs: true, dueAt, zone: one(zones), isReply, isNewContact: !isReply && random() < 0.5, recipientUses, isReach: false };
}

type Uses = ReadonlyMap<string, readonly Noted[]>;

function judgeLane(lane: SimulatedLane, drawn: readonly Drawn[], { uses, left }: { uses: Uses; left: number }): string[] {
  const waiting = new Set(lane.sends);
  const problems: string[] = [];
  let known: Known = { uses, firstAt: null, count: 0, lastAt: null };
  for (const { send, at } of drawn) {
    if (!waiting.has(send)) problems.push('somebody goes twice');
    const held = heldBy(lane, send, { ...known, at, before: at, limitsAt: at });
    if (held) problems.push(`somebody goes although ${held} at ${new Date(at).toISOString()}`);
    const since = known.lastAt ?? start.getTime();
    // Any moment of the gap shows a lane that stands still; the last of it shows one that is called too late.
    for (const idle of at > since ? [since + Math.floor((at - since) / 2), at - 1] : []) {
      const could = [...waiting].some((one) => !heldBy(lane, one, { ...known, at: idle, before: idle + 1, limitsAt: idle - dayMs }));
      if (could) problems.push(`the lane stands still at ${new Date(idle).toISOString()} although somebody may go`);
    }
    waiting.delete(send);
    known = { uses, firstAt: known.firstAt ?? new Date(at), count: known.count + 1, lastAt: at };
  }
  const starved = [...waiting].filter((send) => !isNeverAllowed(lane, send)).length;
  if (starved > 0) problems.push(`${starved} never get their turn`);
  if (left !== waiting.size) problems.push(`${waiting.size} do not go, and ${left} are named`);
  const took = (known.lastAt ?? 0) - start.getTime();
  if (took > boundMs(lane)) problems.push(`the last one goes after ${Math.round(took / dayMs)} days`);
  return problems;
}

const isNeverAllowed = ({ rules: { ceilings } }: SimulatedLane, send: SimulatedSend): boolean =>
  send.isNewContact && (ceilings.newContactsPerHour === 0 || ceilings.newContactsPerDay === 0);

/** Every ceiling lets one out in a day, that of a shared proxy one of each lane in turn; a quiet weekday doubles it, and the first days are those of a restriction. */
const boundMs = ({ sends, proxy }: SimulatedLane): number => (2 * sends.length * (proxy ? mostLanes : 1) + 4) * dayMs;

/** `before`: uses from then on do not count. `limitsAt`: who was told to wait learns of the next day of the warm-up only then, at most a day later. */
type Known = { uses: Uses; firstAt: Date | null; count: number; lastAt: number | null };
type At = Known & { at: number; before: number; limitsAt: number };

/** What keeps this one from going, as somebody sees it who only counts. */
function heldBy(lane: SimulatedLane, send: SimulatedSend, { uses, firstAt, count, lastAt, at, before, limitsAt }: At): string | null {
  const { rules, restrictedUntil, failingUntil } = lane;
  if (send.dueAt.getTime() > at) return 'it is not due';
  if (!send.isReply) {
    if (lastAt !== null && Math.floor(lastAt + rules.pace.betweenSends(count)) > at) return 'the pace holds';
    if (send.isNewContact && restrictedUntil && restrictedUntil.getTime() > at) return 'nobody new is allowed';
    if (failingUntil && failingUntil.getTime() > at) return 'too many failed';
  }
  const asked: Asked = { isReply: send.isReply, isNewContact: send.isNewContact, keys: keysOf(lane, send) };
  const recipient = send.recipientUses.map((use): Noted => ({ kind: 'recipient', key: 'them', at: use.getTime() }));
  const noted = Object.entries(asked.keys).flatMap(([kind, key]) => uses.get(`${kind} ${key}`) ?? []);
  const counted = [...noted.filter((use) => use.at < before), ...recipient];
  const full = fullLimits(counted, limitsOf(rules.ceilings, { firstAt, now: new Date(limitsAt) }), asked, at);
  if (full[0]) return `${full[0].kind} is full`;
  const quiet = rules.settings.quietHours;
  return !send.isReply && quiet && isQuietAt(at, quiet, send.zone) ? 'quiet hours hold' : null;
}

function keysOf({ accountId, proxy }: SimulatedLane, { isReply, isNewContact }: SimulatedSend): Partial<Record<UseKind, string>> {
  const bucket = isNewContact ? { cold: accountId } : { warm: accountId };
  return { account: accountId, ...(proxy && { proxy: proxy.id }), ...(isReply ? {} : { ...bucket, recipient: 'them' }) };
}
