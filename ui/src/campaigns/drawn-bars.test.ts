import { expect, test } from 'vitest';
import { barsOf } from './drawn-bars.ts';

const lane = (name: string, count: number) => ({ accountId: name, name, count, firstAt: null, lastAt: null, waits: [] });

test('hours in which nothing goes stand between the others, and the smallest accounts share a series', () => {
  const lanes = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name, nth) => lane(name, nth));
  const bars = [
    { at: '2026-06-03T12:00:00.000Z', counts: [0, 1, 1, 1, 1, 1, 1] },
    { at: '2026-06-03T14:00:00.000Z', counts: [0, 0, 1, 2, 3, 4, 5] },
  ];
  expect(barsOf({ bar: 'hour', bars, lanes })).toMatchObject({
    times: ['2026-06-03T12:00:00.000Z', '2026-06-03T13:00:00.000Z', '2026-06-03T14:00:00.000Z'],
    series: [{ name: 'g', counts: [1, 0, 5] }, { name: 'f' }, { name: 'e' }, { name: 'd' }, { name: 'c' }, { name: 'b' }],
  });
  const eighth = barsOf({ bar: 'hour', bars: bars.map(({ at, counts }) => ({ at, counts: [...counts, 7] })), lanes: [...lanes, lane('h', 9)] });
  expect(eighth.series.at(-1)).toEqual({ name: null, counts: [2, 0, 1] });
  expect(barsOf({ bar: 'day', bars: [], lanes })).toEqual({ times: [], series: [] });
});
