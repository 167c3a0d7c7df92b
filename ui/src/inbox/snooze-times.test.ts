import { expect, test } from 'vitest';
import { snoozeTimes } from './snooze-times.ts';

const named = (now: string) =>
  snoozeTimes(new Date(now)).map(({ name, at }) => `${name} ${at.getDate()}. ${at.getHours()}:${String(at.getMinutes()).padStart(2, '0')}`);

test('next week begins on the Monday that is still to come, and an evening that has begun is no choice', () => {
  // 2 March 2026 is a Monday.
  expect(named('2026-03-02T10:30:00')).toEqual(['hour 2. 11:30', 'evening 2. 18:00', 'tomorrow 3. 9:00', 'week 9. 9:00']);
  expect(named('2026-03-08T19:00:00')).toEqual(['hour 8. 20:00', 'tomorrow 9. 9:00', 'week 9. 9:00']);
  expect(named('2026-03-31T17:30:00')).toEqual(['evening 31. 18:00', 'hour 31. 18:30', 'tomorrow 1. 9:00', 'week 6. 9:00']);
});
