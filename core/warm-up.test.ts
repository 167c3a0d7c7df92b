import { describe, expect, test } from 'vitest';
import { warmUpAfterSetback, warmUpOf } from './warm-up.ts';

describe('a setback', () => {
  const begun = new Date('2026-03-01T09:00:00Z');
  const at = (days: number, hours = 0) => new Date(begun.getTime() + (days * 24 + hours) * 3_600_000);
  const afterwards = (now: Date, lastSetbackAt: Date | null = null, from: Date | null = begun) => warmUpAfterSetback(from, { lastSetbackAt, now });

  test('takes a warming account one step back, from where it climbs a step a day', () => {
    const now = at(3, 5);
    expect(warmUpOf(begun, now)?.day).toBe(4);
    const from = afterwards(now);
    expect([now, new Date(now.getTime() + 86_400_000 - 1), new Date(now.getTime() + 86_400_000)].map((one) => warmUpOf(from, one)?.day)).toEqual([
      3, 3, 4,
    ]);
  });

  test('on the first day leaves nothing to go back to, but the day begins anew', () => {
    const now = at(0, 20);
    expect(afterwards(now)).toEqual(now);
    expect(warmUpOf(afterwards(now), at(1, 10))?.day).toBe(1);
  });

  test('costs one step a day, and nothing where there is no warm-up', () => {
    expect(afterwards(at(3), at(2, 1))).toBeNull();
    expect(afterwards(at(3, 2), at(2, 1))).not.toBeNull();
    expect(afterwards(at(6))).toBeNull();
    expect(afterwards(at(3), null, null)).toBeNull();
  });
});
