import { expect, test } from 'vitest';
import { writingRulesOf } from './writing-rules.ts';

const now = Date.parse('2026-11-21T12:00:00Z');
const inHours = (hours: number) => new Date(now + hours * 3_600_000).toISOString();
const takes = { media: {}, quotes: true, extras: [], textLength: 1000 };

test('the window stands open, then for a person, then not at all', () => {
  const windowOf = (opensUntil: string | null, humanUntil: string | null) =>
    writingRulesOf({ channel: 'messenger', takes, window: { opensUntil, humanUntil, afterwards: 'human_agent' } }, '', now).window;
  expect(windowOf(inHours(3.2), inHours(150))).toEqual({ is: 'open', ms: 3.2 * 3_600_000 });
  expect(windowOf(inHours(-1), inHours(150))).toEqual({ is: 'human', until: inHours(150) });
  expect(windowOf(inHours(-200), inHours(-1))).toEqual({ is: 'closed', needs: 'human_agent' });
  expect(windowOf(null, null)).toEqual({ is: 'closed', needs: 'human_agent' });
  expect(writingRulesOf({ channel: 'email', takes, window: null }, '', now).window).toEqual({ is: 'none' });
});

test('what is left is counted as the channel counts', () => {
  const leftOf = (channel: string, text: string) => writingRulesOf({ channel, takes, window: null }, text, now).left;
  expect(leftOf('messenger', 'größer')).toBe(994);
  expect(leftOf('instagram', 'größer')).toBe(992);
  expect(writingRulesOf({ channel: 'email', takes: { ...takes, textLength: null }, window: null }, 'x', now).left).toBeNull();
});
