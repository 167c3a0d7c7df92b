import { expect, test } from 'vitest';
import { shortestMs } from './estimate.ts';

const hour = 3_600_000;

test('the tightest of ceilings and pace decides', () => {
  expect(shortestMs(30, [{ kind: 'web' }], {})).toBeCloseTo(hour, 0);
  expect(shortestMs(1000, [{ kind: 'email' }], {})).toBeCloseTo(hour, 0);
  const unlimited = { ceilings: { web: { perMinute: 1000, perHour: 10_000 } } };
  expect(shortestMs(1, [{ kind: 'web' }], unlimited)).toBeCloseTo(45_000 + 12_000 + 3_300 + 4_000, 0);
  expect(shortestMs(1, [{ kind: 'web' }], { ...unlimited, pace: { mode: 'instant' } })).toBeCloseTo(4000, 0);
});

test('two accounts need half the time of one', () => {
  expect(shortestMs(30, [{ kind: 'web' }, { kind: 'web' }], {})).toBeCloseTo(hour / 2, 0);
});

test('without senders or people there is no estimate', () => {
  expect(shortestMs(0, [{ kind: 'web' }], {})).toBeNull();
  expect(shortestMs(10, [], {})).toBeNull();
});
