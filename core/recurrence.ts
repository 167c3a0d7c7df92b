import { z } from 'zod';
import { instantOf, wallClock } from './zone.ts';

const TimeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'is not a time of day, such as 09:00');

/** Each day, on a weekday (1 = Monday) or on a day of the month, at a time of day; in a month that is shorter, on its last day. */
export const Recurrence = z.discriminatedUnion('each', [
  z.strictObject({ each: z.literal('day'), at: TimeOfDay }),
  z.strictObject({ each: z.literal('week'), on: z.number().int().min(1).max(7), at: TimeOfDay }),
  z.strictObject({ each: z.literal('month'), on: z.number().int().min(1).max(31), at: TimeOfDay }),
]);
export type Recurrence = z.output<typeof Recurrence>;

const dayMs = 86_400_000;
/** From the last day of one month to that of the next, and the day that is under way. */
const mostDays = 33;

/** The first time after `after`, by the clocks of a zone; where these jump over it, as much later as they jump. */
export function nextTime(recurrence: Recurrence, zone: string, after: Date): Date {
  const today = Date.parse(wallClock(after, zone).date);
  for (let day = 0; day < mostDays; day += 1) {
    const date = today + day * dayMs;
    const at = instantOf(date, recurrence.at, zone);
    if (at > after.getTime() && isOn(recurrence, new Date(date))) return new Date(at);
  }
  throw new Error('a month has gone by without its day');
}

function isOn(recurrence: Recurrence, date: Date): boolean {
  if (recurrence.each === 'day') return true;
  if (recurrence.each === 'week') return recurrence.on === (date.getUTCDay() || 7);
  const lastOfMonth = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  return date.getUTCDate() === Math.min(recurrence.on, lastOfMonth);
}
