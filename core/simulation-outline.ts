import type { Drawn, Simulation } from './simulation.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** More bars than these nobody reads: then a bar is a day. */
const mostHours = 31 * 24;

/** The times by which a quarter, half, three quarters and all of what goes has gone. */
const shares = [0.25, 0.5, 0.75, 1] as const;

export type Outline = {
  going: number;
  quarters: { share: number; at: Date }[];
  bar: 'hour' | 'day';
  /** Only bars in which something goes; `counts` in the order of the lanes. */
  bars: { at: Date; counts: number[] }[];
  lanes: { accountId: string; count: number; firstAt: Date | null; lastAt: Date | null; waits: { reason: string; ms: number }[] }[];
  left: { reason: string; count: number }[];
};

/** What a drawn run comes to, as people read it: how much each account sends in each hour, by when how much has gone, and what holds it up. */
export function outlineOf({ drawn, waits, left }: Simulation, accountIds: readonly string[]): Outline {
  const ours = drawn.filter(({ send }) => send.isOurs).toSorted((a, b) => a.at - b.at);
  const byAccount = Map.groupBy(ours, (one) => one.accountId);
  const hours = new Set(ours.map(({ at }) => Math.floor(at / hourMs))).size;
  const bar = hours > mostHours ? 'day' : 'hour';
  return {
    going: ours.length,
    quarters: ours.length === 0 ? [] : shares.map((share) => ({ share, at: new Date(ours[Math.ceil(share * ours.length) - 1]?.at ?? 0) })),
    bar,
    bars: barsOf(ours, accountIds, bar === 'hour' ? hourMs : dayMs),
    lanes: accountIds.map((accountId) => {
      const own = byAccount.get(accountId) ?? [];
      return {
        accountId,
        count: own.length,
        firstAt: own[0] ? new Date(own[0].at) : null,
        lastAt: own.length > 0 ? new Date(own.at(-1)?.at ?? 0) : null,
        waits: waits
          .filter((wait) => wait.accountId === accountId)
          .map(({ reason, ms }) => ({ reason, ms }))
          .toSorted((a, b) => b.ms - a.ms),
      };
    }),
    left: [...Map.groupBy(left, (one) => one.reason)].map(([reason, all]) => ({ reason, count: all.reduce((sum, one) => sum + one.count, 0) })),
  };
}

function barsOf(ours: readonly Drawn[], accountIds: readonly string[], ms: number): Outline['bars'] {
  const place = new Map(accountIds.map((id, nth) => [id, nth]));
  const bars = new Map<number, number[]>();
  for (const { accountId, at } of ours) {
    const counts = bars.get(Math.floor(at / ms)) ?? accountIds.map(() => 0);
    bars.set(Math.floor(at / ms), counts);
    const nth = place.get(accountId) ?? 0;
    counts[nth] = (counts[nth] ?? 0) + 1;
  }
  return [...bars].map(([nth, counts]) => ({ at: new Date(nth * ms), counts }));
}
