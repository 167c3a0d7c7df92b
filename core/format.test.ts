import { expect, test } from 'vitest';
import { amountOf, briefTime, clockTime, exactTime, fileSize, lengthOfTime, percent, regional, relativeTime, wholeNumber } from './format.ts';

const now = Date.parse('2026-03-12T12:00:00Z');
const before = (seconds: number) => new Date(now - seconds * 1000);

test('an age is told in the largest unit that it fills', () => {
  expect(relativeTime(before(4), now, 'en')).toBe('now');
  expect(relativeTime(before(45), now, 'en')).toBe('45 sec. ago');
  expect(relativeTime(before(59.8), now, 'en')).toBe('1 min. ago');
  expect(relativeTime(before(3 * 3600), now, 'ru')).toBe('3 ч назад');
  expect(relativeTime(before(-120), now, 'en')).toBe('in 2 min.');
  expect(relativeTime(before(24 * 3600), now, 'en')).toBe('yesterday');
});

test('a length of time has one unit, at least a second', () => {
  expect(lengthOfTime(90 * 60_000, 'en')).toBe('2 hr');
  expect(lengthOfTime(0, 'ru')).toBe('1 с');
});

test('a time in another zone names the zone', () => {
  expect(exactTime(new Date(now), 'en-GB', 'Asia/Tokyo')).toBe('12 Mar 2026, 21:00 (Asia/Tokyo)');
});

test('a list shows the clock today and the day before', () => {
  expect(briefTime(new Date(now - 60_000), now, 'en-GB')).toMatch(/^\d\d?:\d\d$/);
  expect(briefTime(before(5 * 24 * 3600), now, 'en-GB')).toBe('7 Mar');
});

test('a time of day is written one way, alone and after a date', () => {
  const early = new Date(2026, 2, 12, 4, 23);
  expect(clockTime(early, 'en-GB')).toBe('04:23');
  for (const locale of ['en-GB', 'en-US', 'ru', 'de']) expect(exactTime(early, locale)).toContain(clockTime(early, locale));
});

test('numbers are grouped, shares are whole, and nothing of nothing is none', () => {
  expect(wholeNumber(1204, 'en')).toBe('1,204');
  expect(wholeNumber(2.5, 'en')).toBe('2.5');
  expect(percent(1, 3, 'en')).toBe('33%');
  expect(percent(0, 0, 'en')).toBe('0%');
});

test('dates follow the region of the browser, in the language that was chosen', () => {
  expect(regional('en', ['de-DE', 'en-GB', 'en'])).toBe('en-GB');
  expect(regional('ru', ['de-DE'])).toBe('ru');
});

test('an amount of bytes is told in the largest unit that it fills', () => {
  expect([0, 999, 1000, 1_440_000_000, 5e15].map((bytes) => amountOf(bytes, 'en'))).toEqual(['0 byte', '999 byte', '1 kB', '1.4 GB', '5,000 TB']);
  expect(amountOf(12_345_678, 'ru')).toBe('12 МБ');
});

test('the size of a file is told in the unit that fits it', () => {
  expect([191, 37_000, 1_500_000, 48 * 1024 * 1024].map((bytes) => fileSize(bytes, 'en'))).toEqual(['0.2 kB', '36 kB', '1.4 MB', '48 MB']);
});
