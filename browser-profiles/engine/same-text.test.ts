import { expect, test } from 'vitest';
import { formOf, isOneEmoji, isSameText, isWrittenPhone, normaliseText, plainAddress } from './same-text.ts';

test('direction marks, line ends and doubled spaces make no difference', () => {
  expect(isSameText('\u202aHello  Anna\u202c \r\nbye\u200e', 'Hello Anna\nbye')).toBe(true);
});

test('composed and decomposed letters are the same, and so are emoji with and without a variation selector', () => {
  expect(isSameText('Zoe\u0308 ❤', 'Zoë ❤️')).toBe(true);
});

test('another line, another case or another sign is another text', () => {
  expect(isSameText('Hello Anna', 'Hello Anna\n.')).toBe(false);
  expect(isSameText('hello Anna', 'Hello Anna')).toBe(false);
});

test('what the messenger rewrites counts as the same on both sides', () => {
  const rewrites = { ':)': '🙂', ':-)': '🙂' };
  expect(isSameText('Hi 🙂 🙂', 'Hi :) :-)', { rewrites })).toBe(true);
  expect(normaliseText('Hi :-)', rewrites)).toBe('Hi 🙂');
});

test('a cut bubble is our text when it shows a long enough beginning, a whole one never', () => {
  const long = 'word '.repeat(400);
  expect(isSameText(`${long.slice(0, 700)}…`, long, { isCut: true })).toBe(true);
  expect(isSameText(`${long.slice(0, 700)}…`, long)).toBe(false);
  expect(isSameText('word…', long, { isCut: true })).toBe(false);
});

test('one emoji is one, also with a skin or as a family; words, digits and two of them are not', () => {
  expect(['👍', '❤️', '👍🏽', '👩‍👩‍👧', ' 🙂 '].filter(isOneEmoji)).toHaveLength(5);
  expect(['', 'a', '7', '👍👍', 'ok 👍'].filter(isOneEmoji)).toEqual([]);
});

test('addresses have one spelling', () => {
  expect(plainAddress('\u202a+49 (170) 123-45 67\u202c', 'phone')).toBe('491701234567');
  expect(plainAddress('Bob@LocalHost/phone', 'jid')).toBe('bob@localhost');
  expect(plainAddress('@Anna', 'handle')).toBe('anna');
});

test('an address says by its form what it is', () => {
  expect(['+1 (555) 000-1007', '1007', '-1001234567', '@anna', 'anna1007'].map(formOf)).toEqual(['phone', 'id', 'id', 'handle', 'handle']);
  expect(plainAddress('+1 (555) 000-1007', 'handle')).toBe('+15550001007');
});

test('a title is a phone number only when it is nothing else', () => {
  expect(isWrittenPhone('+1 555 000 1002')).toBe(true);
  expect(isWrittenPhone('Anna +1 555 000 1002')).toBe(false);
  expect(isWrittenPhone('2024')).toBe(false);
});

test('a group is addressed by its name, letter by letter', () => {
  expect(plainAddress('group:\u200eBook  club', 'phone')).toBe('group:Book club');
  expect(plainAddress('group:book club', 'phone')).not.toBe(plainAddress('group:Book club', 'phone'));
  expect(plainAddress('+49 155 5000101', 'phone')).toBe('491555000101');
});
