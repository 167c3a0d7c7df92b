import { z } from 'zod';
import type { WaitReason } from './delivery.ts';
import { wallClock } from './zone.ts';

/**
 * May this go out now; if not, why and when? Pure: it gets the clock and what happened before, and answers with a reason code and a time.
 * Defaults are ceilings for consented, low-volume work; no messenger publishes numbers, these stand in facts gathered from the field
 * (cold contacts: restrictions are reported after 30-40 a day; mail: 1000 an hour is one each 3.6 s).
 */
export const Ceilings = z.strictObject({
  perMinute: z.number().int().min(1).max(10_000).optional(),
  perHour: z.number().int().min(1).max(100_000).optional(),
  perDay: z.number().int().min(1).max(1_000_000).optional(),
  newContactsPerDay: z.number().int().min(0).max(10_000).optional(),
  /** Messages to one address in any 24 hours, over all accounts. */
  perRecipientPerDay: z.number().int().min(1).max(1000).optional(),
});
export type Ceilings = z.output<typeof Ceilings>;

export const defaultCeilings = {
  web: { perMinute: 4, perHour: 30, perDay: 150, newContactsPerDay: 10, perRecipientPerDay: 2 },
  email: { perHour: 1000, perRecipientPerDay: 2 },
} as const satisfies Record<string, Ceilings>;

const Minute = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'is not a time of day, such as 21:00');
/** No campaign message goes out between `from` and `to` (over midnight when from > to), nor on the named weekdays (1 = Monday). */
export const QuietHours = z.strictObject({ from: Minute, to: Minute, weekdays: z.array(z.number().int().min(1).max(7)).max(6).default([]) });
export type QuietHours = z.output<typeof QuietHours>;
export const defaultQuietHours: QuietHours = { from: '21:00', to: '08:00', weekdays: [] };

export type PolicyInput = {
  now: Date;
  /** Replies to a person who wrote first are not held back by quiet hours or by the ceilings of campaigns. */
  isReply: boolean;
  isNewContact: boolean;
  ceilings: Ceilings;
  quietHours: QuietHours | null;
  recipientZone: string;
  /** Times of earlier uses (a use is booked with `committing`), oldest first; only the last 24 hours matter. */
  accountUses: readonly Date[];
  newContactUses: readonly Date[];
  recipientUses: readonly Date[];
};
export type PolicyAnswer = { is: 'go' } | { is: 'wait'; reason: WaitReason; until: Date };

const minute = 60_000;
const windows = [
  ['perMinute', minute],
  ['perHour', 60 * minute],
  ['perDay', 24 * 60 * minute],
] as const;

/** The latest of all reasons wins: "not now" names the one that ends last. */
export function decide(input: PolicyInput): PolicyAnswer {
  const waits: { reason: WaitReason; until: Date }[] = [];
  const wait = (reason: WaitReason, until: Date | null) => {
    if (until && until > input.now) waits.push({ reason, until });
  };
  for (const [name, length] of windows) wait('account_limit', freeAt(input.accountUses, input.ceilings[name], length));
  wait('recipient_limit', freeAt(input.recipientUses, input.ceilings.perRecipientPerDay, 24 * 60 * minute));
  if (input.isNewContact) wait('new_contact_limit', freeAt(input.newContactUses, input.ceilings.newContactsPerDay, 24 * 60 * minute, input.now));
  if (input.quietHours) wait('quiet_hours', quietUntil(input.now, input.quietHours, input.recipientZone));
  const held = input.isReply ? waits.filter((one) => one.reason === 'account_limit') : waits;
  const last = held.toSorted((a, b) => b.until.getTime() - a.until.getTime())[0];
  return last ? { is: 'wait', ...last } : { is: 'go' };
}

/** A true sliding window: the next use is allowed once the limit-th newest use is as old as the window is long. */
function freeAt(uses: readonly Date[], limit: number | undefined, length: number, now?: Date): Date | null {
  if (limit === undefined) return null;
  if (limit === 0) return now ? new Date(now.getTime() + length) : null;
  const oldest = uses[uses.length - limit];
  return oldest ? new Date(oldest.getTime() + length) : null;
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
