import { expect, test } from 'vitest';
import { urgencyOf } from './urgency.ts';

const at = (time: string) => Date.parse(`2026-03-06T${time}Z`);
const timer = (dueAt: string, breachedAt: string | null = null) => ({
  kind: 'first' as const,
  startedAt: '2026-03-06T10:00:00Z',
  dueAt: `2026-03-06T${dueAt}Z`,
  breachedAt,
});

test('an answer is due soon in the last quarter of its time, of a long one in the last half hour, and late once its time has come', () => {
  expect(urgencyOf(timer('11:00:00'), at('10:44:00'))).toBe('later');
  expect(urgencyOf(timer('11:00:00'), at('10:45:00'))).toBe('soon');
  expect(urgencyOf(timer('20:00:00'), at('19:29:00'))).toBe('later');
  expect(urgencyOf(timer('20:00:00'), at('19:30:00'))).toBe('soon');
  expect(urgencyOf(timer('11:00:00'), at('11:00:00'))).toBe('late');
  expect(urgencyOf({ ...timer('11:00:00'), dueAt: null }, at('23:00:00'))).toBe('later');
});
