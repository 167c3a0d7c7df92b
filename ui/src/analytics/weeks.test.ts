import { expect, test } from 'vitest';
import { weeksOf } from './use-analytics.ts';

test('a week begins on Monday, and the days before the first are one that is cut off', () => {
  // 2031-03-01 is a Saturday; in the night to the 30th clocks go forward.
  const days = Array.from({ length: 31 }, (_, nth) => ({ day: `2031-03-${String(nth + 1).padStart(2, '0')}`, incoming: 1, outgoing: nth }));
  expect(weeksOf(days).map(({ day, incoming }) => `${day} ${incoming}`)).toEqual([
    '2031-03-01 2',
    '2031-03-03 7',
    '2031-03-10 7',
    '2031-03-17 7',
    '2031-03-24 7',
    '2031-03-31 1',
  ]);
  expect(weeksOf(days).reduce((sum, { outgoing }) => sum + outgoing, 0)).toBe(465);
  expect(weeksOf([])).toEqual([]);
});
