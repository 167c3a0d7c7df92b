import { describe, expect, test } from 'vitest';
import { BusinessHours, timeAfter } from './business-hours.ts';

const week = [1, 2, 3, 4, 5].map((weekday) => ({ weekday, from: '09:00', to: '18:00' }));
const ends = (start: string, minutes: number, zone = 'Europe/Berlin', hours: BusinessHours | null = week) =>
  timeAfter(new Date(start), minutes, { hours, zone }).toISOString();

describe('minutes count', () => {
  test('always, where there are no hours', () => expect(ends('2026-03-06T16:00:00Z', 90, 'UTC', null)).toBe('2026-03-06T17:30:00.000Z'));
  test('from the opening, when somebody writes before it', () => expect(ends('2026-01-05T03:00:00Z', 30)).toBe('2026-01-05T08:30:00.000Z'));
  test('on after the night', () => expect(ends('2026-01-05T16:45:30Z', 30)).toBe('2026-01-06T08:15:30.000Z'));
  test('to the very end of a day, and not into the next', () => expect(ends('2026-01-05T16:30:00Z', 30)).toBe('2026-01-05T17:00:00.000Z'));
  // On 2026-03-29 clocks in Berlin go from 02:00 to 03:00.
  test('over a weekend on which clocks change', () => expect(ends('2026-03-27T16:30:00Z', 60)).toBe('2026-03-30T07:30:00.000Z'));
  test('an hour less in a night of work that is an hour shorter, and one more in autumn', () => {
    const night = [{ weekday: 7, from: '00:00', to: '24:00' }];
    expect(ends('2026-03-28T23:00:00Z', 23 * 60, 'Europe/Berlin', night)).toBe('2026-03-29T22:00:00.000Z');
    expect(ends('2026-03-28T23:00:00Z', 23 * 60 + 1, 'Europe/Berlin', night)).toBe('2026-04-04T22:01:00.000Z');
    expect(ends('2026-10-24T22:00:00Z', 25 * 60, 'Europe/Berlin', night)).toBe('2026-10-25T23:00:00.000Z');
  });
  test('in a zone whose days begin before ours, and in one of half an hour', () => {
    expect(ends('2026-01-04T19:30:00Z', 30, 'Pacific/Auckland')).toBe('2026-01-04T20:30:00.000Z');
    expect(ends('2026-01-05T03:00:00Z', 60, 'Asia/Kolkata')).toBe('2026-01-05T04:30:00.000Z');
  });
  test('for years, where there is a minute a week, and then no longer', () => {
    const scarce = [{ weekday: 1, from: '09:00', to: '09:01' }];
    expect(ends('2026-01-01T00:00:00Z', 2, 'UTC', scarce)).toBe('2026-01-12T09:01:00.000Z');
    expect(Date.parse(ends('2026-01-01T00:00:00Z', 100_000, 'UTC', scarce))).toBeLessThan(Date.parse('2031-02-01T00:00:00Z'));
  });
});

test('a day that ends before it begins, or is named twice, is refused', () => {
  expect(BusinessHours.safeParse([{ weekday: 1, from: '18:00', to: '09:00' }]).success).toBe(false);
  expect(BusinessHours.safeParse([week[0], week[0]]).success).toBe(false);
  expect(BusinessHours.safeParse([]).success).toBe(false);
});
