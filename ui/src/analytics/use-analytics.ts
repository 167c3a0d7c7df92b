import { onScopeDispose } from 'vue';
import type { z } from 'zod';
import type { analytics } from '#core/api/analytics.ts';
import { useClient } from '#ui/connection/client.ts';
import { useLoaded } from '#ui/connection/use-loaded.ts';

export type Daily = z.output<typeof analytics.dailyAnalytics.reply>;
export type DayFigures = Daily['rows'][number];
export type Range = { from: string; to: string; channel?: string; accountId?: string; campaignId?: string };

export function useDaily(range: () => Range) {
  const client = useClient();
  return useLoaded<Daily>((signal) => client.dailyAnalytics({ query: range() }, signal), { key: () => JSON.stringify(range()) });
}

export function useChannels(range: () => Range) {
  const client = useClient();
  return useLoaded((signal) => client.platformAnalytics({ query: range() }, signal), { key: () => JSON.stringify(range()) });
}

/** The figures follow the news by seconds, so they are looked at again by the clock. */
const lookEveryMs = 15_000;

export function useStats() {
  const client = useClient();
  const loading = useLoaded((signal) => client.statsAnalytics({}, signal));
  const timer = setInterval(() => void (document.hidden || loading.reload()), lookEveryMs); // void: reload keeps its own failure.
  onScopeDispose(() => clearInterval(timer));
  return loading;
}

const dayMs = 86_400_000;

/** The last days up to today, as this browser's clock has it; the server counts them in the zone of the workspace. */
export function lastDays(count: number, now = new Date()): { from: string; to: string } {
  const to = new Date(now.getTime() - now.getTimezoneOffset() * 60_000);
  const dayOf = (at: Date) => at.toISOString().slice(0, 10);
  return { from: dayOf(new Date(to.getTime() - (count - 1) * dayMs)), to: dayOf(to) };
}

type Volume = Pick<DayFigures, 'day' | 'incoming' | 'outgoing'>;

/** Weeks from Monday on, each under its first day of the range. */
export function weeksOf(days: readonly Volume[]): Volume[] {
  const weeks: Volume[] = [];
  for (const { day, incoming, outgoing } of days) {
    const week = weeks.at(-1);
    if (week && new Date(day).getUTCDay() !== 1)
      weeks[weeks.length - 1] = { day: week.day, incoming: week.incoming + incoming, outgoing: week.outgoing + outgoing };
    else weeks.push({ day, incoming, outgoing });
  }
  return weeks;
}
