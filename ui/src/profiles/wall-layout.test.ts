import { expect, test } from 'vitest';
import { layoutFor } from './wall-layout.ts';

const screen = { width: 1310, height: 686 };
const columnsOf = (asked: Parameters<typeof layoutFor>[0]) => layoutFor(asked).columns;

test('few profiles grow until they fill the wall', () => {
  expect(layoutFor({ ...screen, count: 2, size: 'medium' })).toEqual({ columns: 2, ratio: 1.6 });
  expect(columnsOf({ ...screen, count: 4, size: 'medium' })).toBe(3);
  expect(columnsOf({ ...screen, count: 6, size: 'medium' })).toBe(3);
});

test('pictures become a little flatter, so that the last row is in sight', () => {
  const { columns, ratio } = layoutFor({ ...screen, count: 4, size: 'medium' });
  const tile = (1310 - (columns - 1) * 16) / columns;
  expect(2 * (tile / ratio + 100) + 16).toBeCloseTo(686);
});

test('many profiles stand as densely as their size allows', () => {
  expect(layoutFor({ ...screen, count: 100, size: 'small' })).toEqual({ columns: 5, ratio: 1.6 });
  expect(columnsOf({ ...screen, count: 100, size: 'medium' })).toBe(4);
  expect(columnsOf({ ...screen, count: 100, size: 'large' })).toBe(2);
});

test('one profile does not fill the whole screen, and small tiles stay small', () => {
  expect(columnsOf({ ...screen, count: 1, size: 'medium' })).toBe(2);
  expect(columnsOf({ ...screen, count: 1, size: 'small' })).toBe(4);
});

test('a phone has one column', () => {
  expect(columnsOf({ width: 366, height: 500, count: 3, size: 'medium' })).toBe(1);
});
