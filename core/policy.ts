import { z } from 'zod';
import type { WaitReason } from './delivery.ts';
import { platformRulesOf } from './platform-rules.ts';
import { warmUpOf } from './warm-up.ts';
import { wallClock } from './zone.ts';

/**
 * May this go out now; if not, why and when? Pure: it gets the clock and what happened before, and answers with a reason code and a time.
 * Defaults are ceilings for consented, low-volume work; no messenger publishes numbers, these stand in facts gathered from the field
 * (cold contacts: restrictions are reported after 30-40 a day; mail: 1000 an hour is one each 3.6 s).
 */
export const Ceilings = z.strictObject({
  perSecond: z.number().int().min(1).max(1000).optional(),
  perMinute: z.number().int().min(1).max(10_000).optional(),
  perHour: z.number().int().min(1).max(100_000).optional(),
  perDay: z.number().int().min(1).max(1_000_000).optional(),
  newContactsPerHour: z.number().int().min(0).max(10_000).optional(),
  newContactsPerDay: z.number().int().min(0).max(10_000).optional(),
  /** Campaign messages to people with whom the account has spoken before. */
  knownContactsPerHour: z.number().int().min(1).max(100_000).optional(),
  knownContactsPerDay: z.number().int().min(1).max(1_000_000).optional(),
  /** Messages to one address in any 24 hours, over all accounts. */
  perRecipientPerDay: z.number().int().min(1).max(1000).optional(),
  /** From one account to one person, answers included. */
  perPairPerMinute: z.number().int().min(1).max(1000).optional(),
  /** People whom all numbers of a portfolio write to outside their windows, in any 24 hours. */
  peoplePerPortfolioPerDay: z.number().int().min(1).max(1_000_000).optional(),
  /** Of all accounts that go out through one proxy. */
  perProxyPerHour: z.number().int().min(1).max(100_000).optional(),
  perProxyPerDay: z.number().int().min(1).max(1_000_000).optional(),
  /** Looks whether a number is known to the messenger: it sees each, and counts those of strangers (facts of the field name no number). */
  numberChecksPerDay: z.number().int().min(0).max(10_000).optional(),
  /** A new account begins with a part of its ceilings, see `warmUpShares`. */
  warmUp: z.boolean().optional(),
});
export type Ceilings = z.output<typeof Ceilings>;

export const defaultCeilings = {
  web: { perMinute: 4, perHour: 30, perDay: 150, newContactsPerDay: 10, perRecipientPerDay: 2, numberChecksPerDay: 20, warmUp: true },
  email: { perHour: 1000, perRecipientPerDay: 2 },
  // What Meta allows: 80 a second for a number, one in six seconds to a person, of which some may come at once.
  meta: { perSecond: 80, perPairPerMinute: 10, perRecipientPerDay: 2 },
} as const satisfies Record<string, Ceilings>;
/** Which ceilings bind an account: those of mail, of a platform's own API, or of everything that sends as a person in a browser does. */
export type CeilingKind = keyof typeof defaultCeilings;
export function ceilingKindOf(channel: string): CeilingKind {
  if (channel === 'email') return 'email';
  return platformRulesOf(channel) ? 'meta' : 'web';
}

/** What a workspace sets for all its accounts. */
export const WorkspaceCeilings = z.strictObject({ web: Ceilings.optional(), email: Ceilings.optional(), meta: Ceilings.optional() });
export type WorkspaceCeilings = z.output<typeof WorkspaceCeilings>;

/** What binds one account: its own ceilings over the workspace's over the defaults. What nobody has set changes nothing. */
export function ceilingsOf(kind: CeilingKind, ofWorkspace: WorkspaceCeilings | null | undefined, own: Ceilings): Ceilings {
  return { ...defaultCeilings[kind], ...onlySet(ofWorkspace?.[kind] ?? {}), ...onlySet(own) };
}

/** A form writes undefined where its field is empty. */
const onlySet = (ceilings: Ceilings): Ceilings => Object.fromEntries(Object.entries(ceilings).filter(([, value]) => value !== undefined));

/**
 * What uses are counted for: an account, its new contacts, its known ones, one recipient over all accounts, one proxy over all accounts; of an
 * official platform one account with one recipient, and a portfolio's accounts with people outside their windows.
 */
export type UseKind = 'account' | 'cold' | 'warm' | 'recipient' | 'proxy' | 'pair' | 'portfolio';
/** At most so many uses in any window of this length. `holdsLane`: while it is full nothing of a campaign goes out of the account. */
export type Limit = { kind: UseKind; most: number; seconds: number; reason: WaitReason; holdsLane: boolean };

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
type Window = { name: Exclude<keyof Ceilings, 'warmUp' | 'numberChecksPerDay'>; kind: UseKind; ms: number; reason: WaitReason; isRamped: boolean };
const windows: readonly Window[] = [
  { name: 'perSecond', kind: 'account', ms: 1000, reason: 'account_limit', isRamped: false },
  { name: 'perMinute', kind: 'account', ms: minute, reason: 'account_limit', isRamped: false },
  { name: 'perHour', kind: 'account', ms: hour, reason: 'account_limit', isRamped: true },
  { name: 'perDay', kind: 'account', ms: day, reason: 'account_limit', isRamped: true },
  { name: 'newContactsPerHour', kind: 'cold', ms: hour, reason: 'new_contact_limit', isRamped: true },
  { name: 'newContactsPerDay', kind: 'cold', ms: day, reason: 'new_contact_limit', isRamped: true },
  { name: 'knownContactsPerHour', kind: 'warm', ms: hour, reason: 'known_contact_limit', isRamped: true },
  { name: 'knownContactsPerDay', kind: 'warm', ms: day, reason: 'known_contact_limit', isRamped: true },
  { name: 'perRecipientPerDay', kind: 'recipient', ms: day, reason: 'recipient_limit', isRamped: false },
  { name: 'perPairPerMinute', kind: 'pair', ms: minute, reason: 'pair_limit', isRamped: false },
  { name: 'peoplePerPortfolioPerDay', kind: 'portfolio', ms: day, reason: 'portfolio_limit', isRamped: false },
  { name: 'perProxyPerHour', kind: 'proxy', ms: hour, reason: 'proxy_limit', isRamped: false },
  { name: 'perProxyPerDay', kind: 'proxy', ms: day, reason: 'proxy_limit', isRamped: false },
];

/** The limits that ceilings make now. What only the warm-up holds back says so. */
export function limitsOf(ceilings: Ceilings, { firstAt, now }: { firstAt: Date | null; now: Date }): Limit[] {
  const share = ceilings.warmUp ? (warmUpOf(firstAt, now)?.share ?? 1) : 1;
  return windows.flatMap(({ name, kind, ms, reason, isRamped }) => {
    const ceiling = ceilings[name];
    if (ceiling === undefined) return [];
    const most = isRamped ? Math.ceil(ceiling * share) : ceiling;
    const holdsLane = kind === 'account' || kind === 'proxy';
    return [{ kind, most, seconds: ms / 1000, reason: most < ceiling ? ('warm_up' as const) : reason, holdsLane }];
  });
}

const Minute = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'is not a time of day, such as 21:00');
/** No campaign message goes out between `from` and `to` (over midnight when from > to), nor on the named weekdays (1 = Monday). */
export const QuietHours = z.strictObject({ from: Minute, to: Minute, weekdays: z.array(z.number().int().min(1).max(7)).max(6).default([]) });
export type QuietHours = z.output<typeof QuietHours>;
export const defaultQuietHours: QuietHours = { from: '21:00', to: '08:00', weekdays: [] };

export type PolicyInput = {
  now: Date;
  /** Replies to a person who wrote first are held back by the account's own limits and the proxy's, and by nothing else. */
  isReply: boolean;
  isNewContact: boolean;
  limits: readonly Limit[];
  quietHours: QuietHours | null;
  recipientZone: string;
  /** Times of earlier uses (a use is booked with `committing`), oldest first; as many as the largest limit are enough. */
  uses: Readonly<Record<UseKind, readonly Date[]>>;
  /** What the pace leaves between the account's newest use and the next. */
  gap: { ms: number; isBreak: boolean } | null;
  /** Until when the messenger lets the account write to nobody new. */
  restrictedUntil: Date | null;
  /** Until when campaigns rest because too many of the account's newest messages failed. */
  failingUntil: Date | null;
};
type Wait = { reason: WaitReason; until: Date; holdsLane: boolean };
export type PolicyAnswer = { is: 'go' } | ({ is: 'wait' } & Wait);

/** What holds answers back too. */
const answersToo: ReadonlySet<UseKind> = new Set(['account', 'proxy', 'pair', 'portfolio']);

/** The latest of all reasons wins: "not now" names the one that ends last. */
export function decide(input: PolicyInput): PolicyAnswer {
  const { now, uses, isReply } = input;
  const waits = input.limits
    .filter(({ kind }) => (isReply ? answersToo.has(kind) : kind !== (input.isNewContact ? 'warm' : 'cold')))
    .map(({ kind, most, seconds, reason, holdsLane }): Wait => ({ reason, until: freeAt(uses[kind], { most, ms: seconds * 1000, now }), holdsLane }));
  if (!isReply) {
    const last = uses.account.at(-1);
    if (input.gap && last)
      waits.push({ reason: input.gap.isBreak ? 'break' : 'pace', until: new Date(last.getTime() + input.gap.ms), holdsLane: true });
    if (input.quietHours)
      waits.push({ reason: 'quiet_hours', until: quietUntil(now, input.quietHours, input.recipientZone) ?? now, holdsLane: false });
    if (input.restrictedUntil && input.isNewContact) waits.push({ reason: 'restricted', until: input.restrictedUntil, holdsLane: false });
    if (input.failingUntil) waits.push({ reason: 'too_many_failed', until: input.failingUntil, holdsLane: true });
  }
  const last = waits.filter(({ until }) => until > now).toSorted((a, b) => b.until.getTime() - a.until.getTime())[0];
  return last ? { is: 'wait', ...last } : { is: 'go' };
}

/** A true sliding window: use n is allowed once use n - limit is as old as the window is long. */
function freeAt(uses: readonly Date[], { most, ms, now }: { most: number; ms: number; now: Date }): Date {
  if (most === 0) return new Date(now.getTime() + ms);
  const oldest = uses[uses.length - most];
  return oldest ? new Date(oldest.getTime() + ms) : now;
}

/** The end of the quiet time that `now` lies in, or null; at most eight days away. */
export function quietUntil(now: Date, quiet: QuietHours, zone: string): Date | null {
  if (!isQuiet(now, quiet, zone)) return null;
  const last = now.getTime() + 8 * 24 * 60 * minute;
  let at = Math.ceil(now.getTime() / minute) * minute;
  while (at < last && isQuiet(new Date(at), quiet, zone)) at += stepToEnd(wallClock(new Date(at), zone).minutes, quiet) * minute;
  return new Date(at);
}

/** Minutes that surely stay quiet: clocks jump by at most an hour, so the last 61 before an end or a midnight are walked one by one. */
function stepToEnd(minutes: number, quiet: QuietHours): number {
  const ends = [minutesOf(quiet.to), 24 * 60].map((end) => end - minutes).filter((left) => left > 0);
  return Math.max(1, Math.min(...ends) - 61);
}

function isQuiet(at: Date, quiet: QuietHours, zone: string): boolean {
  const clock = wallClock(at, zone);
  if (quiet.weekdays.includes(clock.weekday)) return true;
  const from = minutesOf(quiet.from);
  const to = minutesOf(quiet.to);
  if (from === to) return false;
  return from < to ? clock.minutes >= from && clock.minutes < to : clock.minutes >= from || clock.minutes < to;
}

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}
