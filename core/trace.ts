import { z } from 'zod';

/** One step of a run as it is stored, sealed: its name and times, and what the page showed; never what was written. */
export const TraceStep = z.object({
  name: z.string(),
  startedAt: z.iso.datetime({ offset: true }),
  ms: z.number(),
  ok: z.boolean(),
  why: z.string().nullable(),
  tier: z.number().nullable(),
  keyTimes: z.array(z.number()).nullable(),
  /** JPEG, base64. */
  image: z.string().nullable(),
});
export type TraceStep = z.output<typeof TraceStep>;

const troubled: ReadonlySet<string> = new Set(['failed', 'refused', 'unknown']);
/** Whether a run ended so that somebody may have to look at it. */
export const isTrouble = (outcome: string): boolean => troubled.has(outcome);

/** Days after which a run and its pictures are forgotten; `forget_runs` in sql/ knows the same outcomes. */
export const keptDays = { run: 14, troubledRun: 60, notes: 90 } as const;
const dayMs = 86_400_000;
export const daysBefore = (now: Date, days: number): Date => new Date(now.getTime() - days * dayMs);
export const keptUntil = (outcome: string, endedAt: Date): Date =>
  new Date(endedAt.getTime() + (isTrouble(outcome) ? keptDays.troubledRun : keptDays.run) * dayMs);
