import type { Drawn } from './use-simulation.ts';

const barMs = { hour: 3_600_000, day: 86_400_000 } as const;
/** More colours than these nobody tells apart: the accounts that send least are shown as one. */
const mostSeries = 6;

export type Series = { name: string | null; counts: number[] };
export type Bars = { times: string[]; series: Series[] };

/** The bars of a drawn run with those in which nothing goes between them, and a series for each account; the last, without a name, holds the others. */
export function barsOf({ bar, bars, lanes }: Pick<Drawn, 'bar' | 'bars' | 'lanes'>): Bars {
  const [first, last] = [bars[0], bars.at(-1)];
  if (!first || !last) return { times: [], series: [] };
  const ms = barMs[bar];
  const start = Date.parse(first.at);
  const times = Array.from({ length: Math.round((Date.parse(last.at) - start) / ms) + 1 }, (_, nth) => new Date(start + nth * ms).toISOString());
  const placed = lanes.map(({ name, count }, place) => ({ name, count, place })).filter((lane) => lane.count > 0);
  const ranked = placed.toSorted((a, b) => b.count - a.count);
  const shown = ranked.length > mostSeries ? ranked.slice(0, mostSeries - 1) : ranked;
  const others = ranked.slice(shown.length);
  const countsOf = (places: readonly number[]) => {
    const counts = times.map(() => 0);
    for (const one of bars) counts[Math.round((Date.parse(one.at) - start) / ms)] = places.reduce((sum, place) => sum + (one.counts[place] ?? 0), 0);
    return counts;
  };
  return {
    times,
    series: [
      ...shown.map(({ name, place }) => ({ name, counts: countsOf([place]) })),
      ...(others.length > 0 ? [{ name: null, counts: countsOf(others.map((lane) => lane.place)) }] : []),
    ],
  };
}
