import type { Limit, QuietHours, UseKind } from '#core/policy.ts';

/** A use as somebody notes it who knows nothing of numbers and locks. */
export type Noted = { kind: UseKind; key: string; at: number };
export type Asked = { isReply: boolean; isNewContact: boolean; keys: Partial<Record<UseKind, string>> };

/** Counts every use in the window that ends now, for every limit: slow, and plainly right. Answers the kinds that are full. */
export function fullLimits(noted: readonly Noted[], limits: readonly Limit[], asked: Asked, now: number): Limit[] {
  return limits.filter(({ kind, most, seconds }) => {
    const key = asked.keys[kind];
    if (key === undefined || (asked.isReply && kind !== 'account' && kind !== 'proxy')) return false;
    return noted.filter((use) => use.kind === kind && use.key === key && use.at > now - seconds * 1000 && use.at <= now).length >= most;
  });
}

/** The most uses of one key in any window that a limit speaks of, as sentences about those that hold too many. */
export function overfull(noted: readonly Noted[], limits: readonly Limit[]): string[] {
  const byKey = Map.groupBy(noted, (use) => `${use.kind} ${use.key}`);
  return [...byKey].flatMap(([key, uses]) => {
    const times = uses.map((use) => use.at).toSorted((a, b) => a - b);
    return limits
      .filter((limit) => limit.kind === uses[0]?.kind)
      .flatMap(({ most, seconds }) => {
        const worst = Math.max(0, ...times.map((end) => times.filter((at) => at <= end && at > end - seconds * 1000).length));
        return worst > most ? [`${key}: ${worst} uses in a window of ${seconds} s that allows ${most}`] : [];
      });
  });
}

const clocks = new Map<string, Intl.DateTimeFormat>();
const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** What a clock on the wall of that zone says, asked of the runtime and of nothing of ours. */
export function isQuietAt(at: number, quiet: QuietHours, zone: string): boolean {
  const clock =
    clocks.get(zone) ?? new Intl.DateTimeFormat('en-GB', { timeZone: zone, hourCycle: 'h23', weekday: 'short', hour: '2-digit', minute: '2-digit' });
  clocks.set(zone, clock);
  const parts = new Map(clock.formatToParts(at).map(({ type, value }) => [type, value]));
  if (quiet.weekdays.includes(weekdays.indexOf(parts.get('weekday') ?? '') + 1)) return true;
  const time = `${parts.get('hour')}:${parts.get('minute')}`;
  if (quiet.from === quiet.to) return false;
  return quiet.from < quiet.to ? time >= quiet.from && time < quiet.to : time >= quiet.from || time < quiet.to;
}
