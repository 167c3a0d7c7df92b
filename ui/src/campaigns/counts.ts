import type { StateGroup } from '#core/profile.ts';
import type { Counts } from './use-campaigns.ts';

/** What has left the house, in whatever state it is now. */
export const outOf = (counts: Counts): number => counts.sent + counts.delivered + counts.read;
/** What nothing more is done about by itself. */
export const doneOf = (counts: Counts): number => outOf(counts) + counts.failed + counts.skipped + counts.cancelled + counts.uncertain;
export const underWayOf = (counts: Counts): number => counts.claimed + counts.committing;

/** The parts of a progress bar, in order, without empty ones. */
export function partsOf(
  counts: Counts,
): { key: 'read' | 'delivered' | 'sent' | 'uncertain' | 'failed' | 'skipped' | 'cancelled'; group: StateGroup; count: number }[] {
  const parts = [
    { key: 'read', group: 'ready', count: counts.read },
    { key: 'delivered', group: 'ready', count: counts.delivered },
    { key: 'sent', group: 'working', count: counts.sent },
    { key: 'uncertain', group: 'needs_you', count: counts.uncertain },
    { key: 'failed', group: 'failed', count: counts.failed },
    { key: 'skipped', group: 'parked', count: counts.skipped },
    { key: 'cancelled', group: 'parked', count: counts.cancelled },
  ] as const;
  return parts.filter((part) => part.count > 0);
}
