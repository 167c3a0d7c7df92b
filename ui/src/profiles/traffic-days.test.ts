import { expect, test } from 'vitest';
import { trafficDays } from './traffic-days.ts';

test('each of the last thirty days has its place, also one on which nothing passed', () => {
  const days = trafficDays([{ day: '2026-03-01', sentBytes: 1, receivedBytes: 2 }], '2026-03-12');
  expect([days.length, days[0]?.day, days.at(-1)?.day]).toEqual([30, '2026-02-11', '2026-03-12']);
  expect(days.filter((one) => one.receivedBytes > 0)).toEqual([{ day: '2026-03-01', sentBytes: 1, receivedBytes: 2 }]);
});
