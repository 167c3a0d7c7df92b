import { z } from 'zod';
import { instantOf, wallClock } from './zone.ts';

const TimeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'is not a time of day, such as 09:00');
/** When people are at work: on each weekday (1 = Monday) from and to a time of the workspace's zone. A day that is missing is free. */
export const BusinessHours = z
  .array(
    z
      .strictObject({ weekday: z.number().int().min(1).max(7), from: TimeOfDay, to: TimeOfDay })
      .refine(({ from, to }) => from < to, { path: ['to'], error: 'has to be later' }),
  )
  .min(1)
  .max(7)
  .refine((days) => new Set(days.map((day) => day.weekday)).size === days.length, { error: 'name a weekday twice' });
export type BusinessHours = z.output<typeof BusinessHours>;

const dayMs = 86_400_000;
/** Beyond this nobody waits for an end. */
const mostDays = 5 * 366;

/** When so many minutes have gone by since `start`, counted only while people are at work; without hours they always are. */
export function timeAfter(start: Date, minutes: number, { hours, zone }: { hours: BusinessHours | null; zone: string }): Date {
  let left = minutes * 60_000;
  if (!hours) return new Date(start.getTime() + left);
  const first = Date.parse(wallClock(start, zone).date);
  let end = start.getTime();
  for (let day = 0; day < mostDays; day += 1) {
    const date = first + day * dayMs;
    const open = hours.find(({ weekday }) => weekday === (new Date(date).getUTCDay() || 7));
    if (!open) continue;
    const from = Math.max(start.getTime(), instantOf(date, open.from, zone));
    end = Math.max(from, instantOf(date, open.to, zone));
    if (end - from >= left) return new Date(from + left);
    left -= end - from;
  }
  return new Date(end);
}
