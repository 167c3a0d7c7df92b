import { expect, test } from 'vitest';
import { hasAddress, mappingOf, usesOf, withUse } from './import-columns.ts';

const columns = ['Имя', 'Телефон', 'City', 'Notes'];
const suggested = { name: 'Имя', phone: 'Телефон', fields: { City: 'city' } };

test('a suggested mapping becomes one use for each column, and back', () => {
  const uses = usesOf(columns, suggested);
  expect(uses).toEqual(['name', 'phone', 'field', 'ignore']);
  expect(mappingOf(columns, uses, suggested)).toEqual(suggested);
});

test('a place that is given to another column is taken from the first', () => {
  expect(withUse(['name', 'phone', 'field', 'ignore'], 3, 'phone')).toEqual(['name', 'ignore', 'field', 'phone']);
  expect(withUse(['name', 'phone', 'field', 'ignore'], 3, 'field')).toEqual(['name', 'phone', 'field', 'field']);
});

test('a new field is named after its heading', () => {
  expect(mappingOf(columns, ['name', 'phone', 'field', 'field'], suggested).fields).toEqual({ City: 'city', Notes: 'Notes' });
});

test('without any address there is nothing to import', () => {
  expect(hasAddress(['name', 'field'])).toBe(false);
  expect(hasAddress(['name', 'handle'])).toBe(true);
});
