import { expect, test } from 'vitest';
import { clock, count, fieldsOf, plain, tableOf } from './table.ts';

test('columns stand under their headings, also with signs that are two columns wide', () => {
  const rows = [
    { name: '山田', n: 1 },
    { name: 'Zoe\u0301', n: 22 },
  ];
  const table = tableOf(
    rows,
    [
      ['NAME', ({ name }) => name],
      ['N', ({ n }) => n],
    ],
    'none',
  );
  expect(table.split('\n')).toEqual(['NAME  N', '山田  1', 'Zoe\u0301   22']);
});

test('without rows one sentence says so', () => {
  expect(tableOf([], [['NAME', String]], 'There are none.')).toBe('There are none.');
});

test('a stranger’s name cannot steer the terminal, break the line or turn the text round', () => {
  expect(plain('a\u001b[2Jb\u0007')).toBe('a[2Jb');
  expect(plain('one\r\ntwo\tthree')).toBe('one two three');
  expect(plain('abc\u202etxt\u009b31m')).toBe('abctxt31m');
  expect(tableOf([{ name: 'x\ny' }], [['NAME', ({ name }) => name]], '').split('\n')).toHaveLength(2);
});

test('emoji and joined letters of a name are kept', () => {
  expect(plain('👩‍👩‍👧 Zoë نا')).toBe('👩‍👩‍👧 Zoë نا');
});

test('fields without a value are left out', () => {
  expect(
    fieldsOf([
      ['id', '1'],
      ['error', null],
      ['attempts', 0],
    ]),
  ).toBe('id        1\nattempts  0');
});

test('times are shown to the minute and nothing stays nothing', () => {
  expect(clock('2026-06-01T09:05:30.000Z')).toMatch(/^2026-0[56]-\d\d \d\d:\d\d$/);
  expect(clock(null)).toBe('');
  expect([count(1, 'person', 'people'), count(0, 'person', 'people')]).toEqual(['1 person', '0 people']);
});
