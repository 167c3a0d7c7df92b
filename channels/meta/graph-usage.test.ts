import { expect, test } from 'vitest';
import { restAfter, usageOf } from './graph-usage.ts';

const now = new Date('2026-03-09T10:00:00Z');
const rest = (headers: Record<string, string>) => {
  const until = restAfter(usageOf(new Headers(headers), now), now);
  return until && (until.getTime() - now.getTime()) / 1000;
};
const app = (percent: number) => ({ 'x-app-usage': JSON.stringify({ call_count: 3, total_time: percent, total_cputime: 1 }) });
const business = (more: object) => ({ 'x-business-use-case-usage': JSON.stringify({ '17': [{ type: 'messaging', ...more }], '18': [] }) });

test('an account slows down before its hour is used up, by what is nearest to its end, and waits as long as it is told to', () => {
  expect([0, 75, 80, 99].map((percent) => rest(app(percent)))).toEqual([null, null, 10, 48]);
  expect(rest(app(100))).toBe(300);
  expect(rest({ ...app(10), ...business({ call_count: 90 }) })).toBe(30);
  expect(rest(business({ call_count: 40, estimated_time_to_regain_access: 7 }))).toBe(420);
  expect(rest({ 'retry-after': '12' })).toBe(12);
});

test.each(['', '7', '[]', '{', '{"1":{"2":3}}', '{"call_count":"many"}', 'null'])('what the headers hold may be anything: %j', (text) => {
  expect(rest({ 'x-app-usage': text, 'x-business-use-case-usage': text, 'retry-after': text || 'soon' })).toBe(text === '7' ? 7 : null);
});
