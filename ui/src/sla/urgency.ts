import type { SlaTimer } from './use-sla.ts';

/** The last quarter of the time, or of it the last half hour. */
const soonShare = 0.25;
const soonMs = 30 * 60_000;

export function urgencyOf({ startedAt, dueAt, breachedAt }: SlaTimer, now: number): 'late' | 'soon' | 'later' {
  const due = dueAt ? Date.parse(dueAt) : Number.POSITIVE_INFINITY;
  if (breachedAt || due <= now) return 'late';
  return due - now <= Math.min(soonMs, (due - Date.parse(startedAt)) * soonShare) ? 'soon' : 'later';
}
