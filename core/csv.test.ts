import { expect, test } from 'vitest';
import { toCsv } from './csv.ts';

test('a file for spreadsheets quotes what needs it and names its encoding', () => {
  expect(toCsv([['a', 'b "c"', 'd,e']])).toBe('\uFEFFa,"b ""c""","d,e"\r\n');
});

test('a formula becomes text, a phone number stays', () => {
  expect(toCsv([['=1+1', '+49 30 1234567', '@sum']])).toBe("\uFEFF'=1+1,+49 30 1234567,'@sum\r\n");
});
