import { createPace, PaceSettings } from '#core/pace.ts';
import { type Ceilings, decide, type Limit, limitsOf, type PolicyAnswer, type PolicyInput, QuietHours, type UseKind } from '#core/policy.ts';
import { seededRandom } from '#workers/testing/seeded.ts';
import { type Asked, fullLimits, isQuietAt, type Noted } from './policy-oracle.ts';

const hour = 3_600_000;
const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe'];
/** Nights in which clocks change somewhere, and one in which none does. */
const starts = ['2026-03-28', '2026-10-24', '2026-03-07', '2026-10-31', '2026-04-04', '2026-07-01'].map((date) => Date.parse(`${date}T12:00:00Z`));
const kinds: readonly UseKind[] = ['account', 'cold', 'warm', 'recipient', 'proxy'];
export type Dice = { random: () => number; upTo(most: number): number; one<T>(of: readonly T[]): T; maybe<T>(value: T): T | undefined };

export function diceOf(seed: number): Dice {
  const random = seededRandom(seed);
  const upTo = (most: number) => 1 + Math.floor(random() * most);
  return {
    random,
    upTo,
    // The index lies within the array.
    one: <T>(of: readonly T[]) => of[upTo(of.length) - 1] as T,
    maybe: (value) => (random() < 0.6 ? value : undefined),
  };
}

export function randomCeilings({ upTo, maybe, random }: Dice): Ceilings {
  const ceilings = {
    perMinute: maybe(upTo(4)),
    perHour: maybe(upTo(12)),
    perDay: maybe(upTo(40)),
    newContactsPerHour: maybe(upTo(3) - 1),
    newContactsPerDay: maybe(upTo(8)),
    knownContactsPerHour: maybe(upTo(6)),
    knownContactsPerDay: maybe(upTo(20)),
    perRecipientPerDay: maybe(upTo(3)),
    perProxyPerHour: maybe(upTo(12)),
    perProxyPerDay: maybe(upTo(40)),
  };
  return { ...ceilings, warmUp: random() < 0.5 };
}

/**
 * One run: accounts that share people and a proxy ask policy at moments of a fake clock, and book when it says go. Every answer is compared
 * with the oracle: "go" only where nothing is full or quiet, "wait" only where something is, and its time neither too early nor too late.
 */
export function simulate(seed: number): string[] {
  const dice = diceOf(seed);
  const problems: string[] = [];
  const noted: Noted[] = [];
  const lanes = Array.from({ length: dice.upTo(3) }, (_, nth) => laneOf(dice, `${seed}/${nth}`));
  let now = dice.one(starts) + Math.floor(dice.random() * 24 * hour);
  for (let step = 0; step < 40; step += 1) {
    now += Math.floor(dice.random() * dice.one([0, 1000, 20_000, 600_000, 3 * hour]));
    const lane = dice.one(lanes);
    const moment = momentOf(dice, lane, { noted, now });
    const answer = decide(moment.input);
    const wrong = judgeAnswer(moment, noted, answer);
    if (wrong) problems.push(`run ${seed}, step ${step}: ${wrong}`);
    if (answer.is === 'go') {
      lane.firstAt ??= new Date(now);
      lane.count += 1;
      for (const [kind, key] of Object.entries(moment.asked.keys)) noted.push({ kind: kind as UseKind, key, at: now });
    } else if (dice.random() < 0.5) now = answer.until.getTime();
  }
  return problems;
}

type Lane = {
  name: string;
  ceilings: Ceilings;
  quiet: QuietHours | null;
  pace: ReturnType<typeof createPace> | null;
  firstAt: Date | null;
  count: number;
};

function laneOf(dice: Dice, name: string): Lane {
  const time = () => `${String(dice.upTo(24) - 1).padStart(2, '0')}:${dice.one(['00', '15', '30', '59'])}`;
  const quiet = QuietHours.parse({ from: time(), to: time(), weekdays: dice.random() < 0.2 ? [dice.upTo(7)] : [] });
  const settings = PaceSettings.parse({ gapSeconds: 5, gapSpreadSeconds: 20, batchSize: dice.upTo(6) });
  const pace = dice.maybe(createPace({ seed: name, settings })) ?? null;
  return { name, ceilings: randomCeilings(dice), quiet: dice.random() < 0.25 ? quiet : null, pace, firstAt: null, count: 0 };
}

type Moment = { input: PolicyInput; asked: Asked };

function momentOf(dice: Dice, lane: Lane, { noted, now }: { noted: readonly Noted[]; now: number }): Moment {
  const isReply = dice.random() < 0.15;
  const isNewContact = !isReply && dice.random() < 0.5;
  const bucket = isNewContact ? { cold: lane.name } : { warm: lane.name };
  const asked: Asked = {
    isReply,
    isNewContact,
    keys: { account: lane.name, proxy: 'one', ...(isReply ? {} : { ...bucket, recipient: `r${dice.upTo(4)}` }) },
  };
  const timesOf = (kind: UseKind) =>
    noted.filter((use) => use.kind === kind && use.key === asked.keys[kind] && use.at > now - 24 * hour).map((use) => new Date(use.at));
  // Every kind is in the list.
  const uses = Object.fromEntries(kinds.map((kind) => [kind, timesOf(kind)])) as Record<UseKind, Date[]>;
  const at = new Date(now);
  return {
    asked,
    input: {
      ...{ now: at, isReply, isNewContact, uses, limits: limitsOf(lane.ceilings, { firstAt: lane.firstAt, now: at }) },
      ...{ quietHours: lane.quiet, recipientZone: dice.one(zones), failingUntil: null },
      gap: lane.pace ? { ms: lane.pace.betweenSends(lane.count), isBreak: lane.pace.isBreakAfter(lane.count) } : null,
      restrictedUntil: dice.random() < 0.05 ? new Date(now + hour) : null,
    },
  };
}

function judgeAnswer({ input, asked }: Moment, noted: readonly Noted[], answer: PolicyAnswer): string | null {
  const now = input.now.getTime();
  const heldNow = heldAt(input, asked, noted, now);
  if (answer.is === 'go') return heldNow.length > 0 ? `went although ${heldNow.join(', ')}` : null;
  if (heldNow.length === 0) return `waits for ${answer.reason} although nothing holds it`;
  const until = answer.until.getTime();
  if (!heldAt(input, asked, noted, until - 1).length) return `waits longer than ${answer.reason} holds`;
  // A limit of none holds for good, and it may be night by then: what is asked is whether that which holds it now has ended.
  const ignored = ['none allowed', ...(answer.reason === 'quiet_hours' ? [] : ['quiet hours'])];
  const later = heldAt(input, asked, noted, until).filter((what) => !ignored.includes(what));
  return later.length > 0 ? `is told to come back when ${later.join(', ')} still holds it` : null;
}

function heldAt(input: PolicyInput, asked: Asked, noted: readonly Noted[], at: number): string[] {
  const full = fullLimits(noted, input.limits, asked, at).map(({ kind, most }: Limit) => (most === 0 ? 'none allowed' : `${kind} is full`));
  if (input.isReply) return full;
  const last = input.uses.account.at(-1);
  return [
    ...full,
    ...(input.gap && last && Math.floor(last.getTime() + input.gap.ms) > at ? ['the pace'] : []),
    ...(input.quietHours && isQuietAt(at, input.quietHours, input.recipientZone) ? ['quiet hours'] : []),
    ...(input.isNewContact && input.restrictedUntil && input.restrictedUntil.getTime() > at ? ['the restriction'] : []),
  ];
}
