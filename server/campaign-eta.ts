import type { ProgressNumbers } from '#sql/progress.ts';

type Running = { state: string; counts: { planned: number; claimed: number; committing: number } };

/** How fast it goes and when it will be done, from the last ten minutes; with the reason when something other than speed decides. */
export function etaOf(
  campaign: Running,
  numbers: ProgressNumbers,
  now: Date,
): { ratePerMinute: number; etaAt: string | null; etaWhy: string | null } {
  const since = Math.max(now.getTime() - 10 * 60_000, numbers.startedAt?.getTime() ?? now.getTime());
  const minutes = Math.max((now.getTime() - since) / 60_000, 1 / 60);
  const ratePerMinute = Math.round((numbers.lastTenMinutes / minutes) * 10) / 10;
  const left = campaign.counts.planned + campaign.counts.claimed + campaign.counts.committing;
  if (campaign.state !== 'running' || left === 0)
    return { ratePerMinute, etaAt: null, etaWhy: campaign.state === 'paused' ? 'campaign_paused' : null };
  const held = heldUntil(numbers);
  if (ratePerMinute === 0) return { ratePerMinute, etaAt: held?.at?.toISOString() ?? null, etaWhy: held?.why ?? 'no_rate_yet' };
  // While every lane waits the clock of the rate stands still: it goes on when the first of them does.
  const from = Math.max(now.getTime(), held?.at?.getTime() ?? 0);
  return { ratePerMinute, etaAt: new Date(from + (left / ratePerMinute) * 60_000).toISOString(), etaWhy: held?.why ?? null };
}

/** When every lane that has something to send waits: the reason and the time of the one that goes on first. */
function heldUntil({ lanes }: ProgressNumbers): { why: string; at: Date | null } | null {
  const waiting = lanes.filter((lane) => lane.queued > 0);
  const held = waiting.flatMap(({ waitReason, nextAt }) => (waitReason === null ? [] : [{ why: waitReason, at: nextAt }]));
  if (waiting.length === 0 || held.length < waiting.length) return null;
  const never = Number.POSITIVE_INFINITY;
  return held.toSorted((a, b) => (a.at?.getTime() ?? never) - (b.at?.getTime() ?? never))[0] ?? null;
}
