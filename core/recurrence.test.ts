import { expect, test } from 'vitest';
import { nextTime, type Recurrence } from './recurrence.ts';

const times = (recurrence: Recurrence, zone: string, after: string, count: number): string[] => {
  const found = [new Date(after)];
  for (let nth = 0; nth < count; nth += 1) found.push(nextTime(recurrence, zone, found[nth] ?? new Date(0)));
  return found.slice(1).map((at) => at.toISOString().slice(0, 16));
};

test('each day at the clocks of the zone, also where they are put forward and back, and over the hour that there is not', () => {
  expect(times({ each: 'day', at: '09:00' }, 'Europe/Berlin', '2031-03-29T07:59:00Z', 3)).toEqual([
    '2031-03-29T08:00',
    '2031-03-30T07:00',
    '2031-03-31T07:00',
  ]);
  expect(times({ each: 'day', at: '02:30' }, 'Europe/Berlin', '2031-03-29T12:00:00Z', 2)).toEqual(['2031-03-30T01:30', '2031-03-31T00:30']);
  expect(times({ each: 'day', at: '09:00' }, 'Europe/Berlin', '2031-10-25T12:00:00Z', 2)).toEqual(['2031-10-26T08:00', '2031-10-27T08:00']);
});

test('on a weekday, and the very moment itself is over', () => {
  expect(times({ each: 'week', on: 1, at: '08:00' }, 'UTC', '2031-03-03T08:00:00Z', 2)).toEqual(['2031-03-10T08:00', '2031-03-17T08:00']);
  // In Auckland it is Monday while it is Sunday in Greenwich.
  expect(times({ each: 'week', on: 1, at: '08:00' }, 'Pacific/Auckland', '2031-03-02T00:00:00Z', 1)).toEqual(['2031-03-02T19:00']);
});

test('on the 31st, or the last day of a shorter month, leap years included', () => {
  expect(times({ each: 'month', on: 31, at: '00:00' }, 'UTC', '2032-01-15T00:00:00Z', 4)).toEqual([
    '2032-01-31T00:00',
    '2032-02-29T00:00',
    '2032-03-31T00:00',
    '2032-04-30T00:00',
  ]);
});
