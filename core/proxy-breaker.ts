/** What a proxy has shown of late. `tries` holds the newest, oldest first: 1 carried, 0 failed. */
export type Breaker = { failures: number; openedAt: Date | null; retryAt: Date | null; trips: number; tries: string };
export type BreakerState = 'closed' | 'open' | 'half_open';
/** One try; `isTrial` is the single one that a proxy gets when its time is over. */
export type ProxyTry = { ok: boolean; isTrial: boolean };

/**
 * Three failures in a row are no accident: a proxy that drops one connection in ten does so once in a thousand. The wait doubles from half a
 * minute to a quarter of an hour, so that a proxy that comes back after a night is used again before anybody has had coffee.
 */
export const breakerRules = { failuresToOpen: 3, firstSeconds: 30, mostSeconds: 900, triesKept: 50 } as const;

/** `open`: nobody may try. `half_open`: the time is over, and one try decides. */
export function breakerState({ openedAt, retryAt }: Pick<Breaker, 'openedAt' | 'retryAt'>, now: Date): BreakerState {
  if (!openedAt) return 'closed';
  return retryAt && retryAt > now ? 'open' : 'half_open';
}

/** Success closes whatever stood there. Failures of profiles that still run do not put an open breaker's time off: only its trial does. */
export function afterTry(breaker: Breaker, { ok, isTrial }: ProxyTry, now: Date): Breaker {
  const tries = `${breaker.tries}${ok ? 1 : 0}`.slice(-breakerRules.triesKept);
  if (ok) return { failures: 0, openedAt: null, retryAt: null, trips: 0, tries };
  const failures = breaker.failures + 1;
  const opens = breaker.openedAt === null && failures >= breakerRules.failuresToOpen;
  if (!opens && !(breaker.openedAt && isTrial)) return { ...breaker, failures, tries };
  const trips = opens ? 1 : breaker.trips + 1;
  const seconds = Math.min(breakerRules.mostSeconds, breakerRules.firstSeconds * 2 ** Math.min(20, trips - 1));
  return { failures, openedAt: breaker.openedAt ?? now, retryAt: new Date(now.getTime() + seconds * 1000), trips, tries };
}

/** Null while nothing was tried: no failures of none is not "never fails". */
export function failureShareOf(tries: string): number | null {
  return tries === '' ? null : tries.replaceAll('1', '').length / tries.length;
}
