import { expect, test } from 'vitest';
import { findByName } from './find-by-name.ts';

const rows = [
  { id: '11111111-1111-4111-8111-111111111111', name: 'Front desk' },
  { id: '12222222-2222-4222-8222-222222222222', name: 'Front desk 2' },
  { id: '33333333-3333-4333-8333-333333333333', name: 'Night shift' },
];

test('a whole name wins over names that begin with it', () => {
  expect(findByName(rows, 'front desk', 'profile')).toBe(rows[0]);
});

test('the beginning of a name or id is enough when only one fits', () => {
  expect(findByName(rows, 'night', 'profile')).toBe(rows[2]);
  expect(findByName(rows, '12', 'profile')).toBe(rows[1]);
});

test('what may mean several is refused, and they are named', () => {
  expect(() => findByName(rows, 'fro', 'profile')).toThrow(/Front desk \(1111.*Front desk 2 \(1222/);
  expect(() => findByName(rows, '1', 'profile')).toThrow(/may mean/);
});

test('what fits nothing is not found', () => {
  expect(() => findByName(rows, 'day', 'profile')).toThrow('There is no profile called day.');
});
