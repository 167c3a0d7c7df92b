import { expect, test } from 'vitest';
import { isZone, wallClock } from './zone.ts';

test('only names that this runtime can compute with are zones', () => {
  expect(['Europe/Berlin', 'Asia/Kolkata', 'UTC'].every(isZone)).toBe(true);
  expect(['Berlin', 'Europe/Atlantis', ''].some(isZone)).toBe(false);
});

test('one instant is another minute, day and weekday in another zone', () => {
  const at = new Date('2026-03-01T23:45:00Z');
  expect(wallClock(at, 'UTC')).toEqual({ weekday: 7, minutes: 23 * 60 + 45, date: '2026-03-01' });
  expect(wallClock(at, 'Asia/Kolkata')).toEqual({ weekday: 1, minutes: 5 * 60 + 15, date: '2026-03-02' });
  expect(wallClock(at, 'America/St_Johns')).toEqual({ weekday: 7, minutes: 20 * 60 + 15, date: '2026-03-01' });
});

test('midnight is minute 0 of the new day, not minute 1440 of the old one', () => {
  expect(wallClock(new Date('2026-06-01T22:00:00Z'), 'Europe/Berlin')).toEqual({ weekday: 2, minutes: 0, date: '2026-06-02' });
});

test('the hour that clocks skip in spring does not appear, the one they repeat in autumn appears twice', () => {
  const minutes = (iso: string) => wallClock(new Date(iso), 'Europe/Berlin').minutes;
  expect([minutes('2026-03-29T00:59:00Z'), minutes('2026-03-29T01:00:00Z')]).toEqual([119, 180]);
  expect([minutes('2026-10-25T00:30:00Z'), minutes('2026-10-25T01:30:00Z')]).toEqual([150, 150]);
});
