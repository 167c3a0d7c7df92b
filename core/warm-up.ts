const day = 86_400_000;

/**
 * The part of its ceilings that a new account may use on its first, second, … day after its first use; from then on all of them. Field reports
 * give new contacts a day as 5, 8, 12, 16, 20, 25 and then 30: these are the same steps.
 */
const warmUpShares = [5 / 30, 8 / 30, 12 / 30, 16 / 30, 20 / 30, 25 / 30] as const;

/** Which of the warm-up's days it is, from 1, and what part of the ceilings is allowed; null when it is over. `firstAt` null: not used yet. */
export function warmUpOf(firstAt: Date | null, now: Date): { day: number; share: number } | null {
  const days = firstAt ? Math.max(0, Math.floor((now.getTime() - firstAt.getTime()) / day)) : 0;
  const share = warmUpShares[days];
  return share === undefined ? null : { day: days + 1, share };
}

/** One bad day costs one step, however often the messenger complains in it. */
const setbackRestMs = day;

/**
 * From when the warm-up counts after a setback: a restriction, or too many messages that came to nothing. The account stands one step lower than
 * it stood and climbs again from there, a step a day. Null: nothing changes, because it has not begun, is over, or was set back already today.
 */
export function warmUpAfterSetback(firstAt: Date | null, { lastSetbackAt, now }: { lastSetbackAt: Date | null; now: Date }): Date | null {
  const stands = warmUpOf(firstAt, now);
  if (!firstAt || !stands) return null;
  if (lastSetbackAt && now.getTime() - lastSetbackAt.getTime() < setbackRestMs) return null;
  return new Date(now.getTime() - Math.max(0, stands.day - 2) * day);
}
