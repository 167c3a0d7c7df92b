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

const dayMs = 86_400_000;

/** The last days up to today, as this browser's clock has it; the server counts them in the zone of the workspace. */
export function lastDays(count: number, now = new Date()): { from: string; to: string } {
  const to = new Date(now.getTime() - now.getTimezoneOffset() * 60_000);
  const dayOf = (at: Date) => at.toISOString().slice(0, 10);
  return { from: dayOf(new Date(to.getTime() - (count - 1) * dayMs)), to: dayOf(to) };
}
