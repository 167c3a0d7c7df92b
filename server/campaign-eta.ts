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
  const waiting = numbers.lanes.filter((lane) => lane.queued > 0);
  const held = waiting.length > 0 && waiting.every((lane) => lane.waitReason !== null) ? waiting[0] : null;
  if (ratePerMinute === 0) return { ratePerMinute, etaAt: held?.nextAt?.toISOString() ?? null, etaWhy: held?.waitReason ?? 'no_rate_yet' };
  return { ratePerMinute, etaAt: new Date(now.getTime() + (left / ratePerMinute) * 60_000).toISOString(), etaWhy: held?.waitReason ?? null };
}
