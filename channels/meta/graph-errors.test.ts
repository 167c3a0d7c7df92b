import { expect, test } from 'vitest';
import { graphRules, ruleFor, waitBefore } from './graph-errors.ts';

const of = (code: number | null, subcode: number | null = null, status = 400) => {
  const { failure, pauses, tells, retry } = ruleFor({ code, subcode, status });
  return [failure, pauses, tells, retry?.seconds ?? null];
};

/** One line for each row of Meta's table as the facts have it: errors → what follows. */
test.each([
  [
    [0, 190],
    ['platform_sign_in', 'account', 'admin', null],
  ],
  [
    [3, 10, 200, 230, 299],
    ['platform_permission', 'account', 'admin', null],
  ],
  [
    [1, 2, 131000, 135000],
    ['not_proven', 'lane', 'operator', 30],
  ],
  [
    [131016, 133004],
    ['platform_busy', 'lane', 'nobody', 10],
  ],
  [
    [4, 80007, 613, 32],
    ['platform_busy', 'lane', 'operator', 300],
  ],
  [[130429], ['platform_busy', 'lane', 'nobody', 1]],
  [[131056], ['platform_deferred', 'nothing', 'nobody', 6]],
  [[131048], ['platform_held', 'campaign', 'operator', null]],
  [
    [131049, 130472],
    ['platform_deferred', 'nothing', 'nobody', 86_400],
  ],
  [
    [131050, 131026, 131062],
    ['send_refused', 'nothing', 'nobody', null],
  ],
  [[131047], ['window_closed', 'nothing', 'nobody', null]],
  [
    [131051, 131008, 131009, 100, 33, 131021, 131030],
    ['send_refused', 'nothing', 'nobody', null],
  ],
  [
    [131052, 131053],
    ['platform_deferred', 'nothing', 'nobody', 5],
  ],
  [[131057], ['platform_busy', 'lane', 'nobody', 60]],
  [
    [131031, 368, 130497, 131042, 131045, 131037, 131063, 131064],
    ['restricted', 'account', 'admin', null],
  ],
  [
    [132001, 132015, 132016],
    ['template_refused', 'campaign', 'operator', null],
  ],
  [
    [132000, 132005, 132007, 132008, 132012, 132068, 132069],
    ['template_refused', 'nothing', 'nobody', null],
  ],
  [[133016], ['platform_busy', 'lane', 'admin', 3 * 86_400]],
  [[137000], ['send_refused', 'nothing', 'operator', null]],
  [
    [551, 1545041],
    ['no_such_recipient', 'nothing', 'nobody', null],
  ],
])('%j', (codes, expected) => {
  for (const code of codes) expect(of(code), String(code)).toEqual(expected);
});

test('a subcode says more than its code', () => {
  expect(of(10, 2018278)).toEqual(['window_closed', 'nothing', 'nobody', null]);
  expect(of(10, 1893063)).toEqual(['restricted', 'account', 'admin', null]);
  expect(of(100, 2018001)).toEqual(['no_such_recipient', 'nothing', 'nobody', null]);
  expect(of(10, 12345)).toEqual(['platform_permission', 'account', 'admin', null]);
  expect(ruleFor({ code: 131050, subcode: null, status: 400 }).suppresses).toBe(true);
});

test('without a number that is known, the status of HTTP decides', () => {
  expect(of(null, null, 401)[0]).toBe('platform_sign_in');
  expect(of(null, null, 429)[0]).toBe('platform_busy');
  expect(of(null, null, 502)[0]).toBe('not_proven');
  expect(of(null, null, 0)[0]).toBe('not_proven');
  expect(of(987654, null, 503)[0]).toBe('not_proven');
  expect(of(987654)[0]).toBe('send_refused');
});

test('each number stands in one row only, and waits grow until the tries are over', () => {
  const single = graphRules.filter((rule) => !rule.subcodes).flatMap(({ codes }) => codes.filter((code) => typeof code === 'number'));
  expect(new Set(single).size).toBe(single.length);
  const pair = ruleFor({ code: 131056, subcode: null, status: 400 });
  expect([1, 2, 3, 6].map((attempt) => waitBefore(pair, attempt))).toEqual([6, 24, 96, null]);
});
