import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';

const names = readdirSync(new URL('./migrations/', import.meta.url)).map((name) => name.replace('.sql', ''));

test('migrations are named by a number and a few words, and only the pair that came side by side shares its number', () => {
  expect(names.filter((name) => !/^\d{4}_[a-z0-9_]+$/.test(name))).toEqual([]);
  const numbers = names.map((name) => name.slice(0, 4)).toSorted();
  const twice = numbers.filter((number, at) => number === numbers[at - 1]);
  expect(twice).toEqual(['0010']);
  expect([...new Set(numbers)]).toEqual(Array.from({ length: numbers.length - 1 }, (_, at) => String(at + 1).padStart(4, '0')));
});

test('their order is the same by code units and in any language', () => {
  const order = names.toSorted();
  for (const locale of ['en', 'ru', 'tr', 'et', 'sv', 'zh']) expect(names.toSorted((a, b) => a.localeCompare(b, locale))).toEqual(order);
});
