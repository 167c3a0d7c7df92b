import { expect, test } from 'vitest';
import { whyOf } from './why.ts';

test('a campaign that paused itself says by which numbers', () => {
  const failureShare = { failed: 25, of: 40, limit: 0.3 };
  expect(whyOf({ stateWhy: 'too_many_failed', failureShare })).toBe('paused by itself: 25 of the newest 40 failed, more than 30 %');
  expect(whyOf({ stateWhy: 'too_many_failed', failureShare: null })).toBe('paused by itself: too many messages failed');
});

test('codes are said in words, and what is a sentence already is left', () => {
  expect(whyOf({ stateWhy: 'paused_by_person', failureShare: null })).toBe('paused by a person');
  expect(whyOf({ stateWhy: 'some_new_code', failureShare: null })).toBe('some new code');
  expect(whyOf({ stateWhy: 'The import failed.', failureShare: null })).toBe('The import failed.');
  expect(whyOf({ stateWhy: null, failureShare: null })).toBe('');
});
