import { expect, test } from 'vitest';
import { russianForm } from './texts.ts';

test('Russian counts have their three forms', () => {
  expect([1, 2, 5, 11, 12, 21, 22, 25, 111].map((count) => russianForm(count, 3))).toEqual([0, 1, 2, 2, 2, 0, 1, 2, 2]);
});
