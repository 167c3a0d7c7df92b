import { expect, test } from 'vitest';
import { type FieldKind, readField } from './contact-field.ts';

const read = (kind: FieldKind, typed: string) => {
  const found = readField({ name: 'x', kind, choices: ['Gold', 'Silver'] }, typed);
  return found.is === 'value' ? found.value : null;
};

test('a value is kept in the one form of its kind, however it was typed, and refused when it is none', () => {
  const cases: [FieldKind, string, string | null][] = [
    ['text', ' any thing ', 'any thing'],
    ['number', '1 234,50', '1234.5'],
    ['number', '-7', '-7'],
    ['number', '1e9', null],
    ['number', '1.2.3', null],
    ['date', '2026-02-28', '2026-02-28'],
    ['date', '2026-2-8T10:00:00Z', '2026-02-08'],
    ['date', '31.01.2026', '2026-01-31'],
    ['date', '2026-02-30', null],
    ['date', '02/03/2026', null],
    ['yes_no', 'Да', 'yes'],
    ['yes_no', 'FALSE', 'no'],
    ['yes_no', 'maybe', null],
    ['choice', 'gold', 'Gold'],
    ['choice', 'Bronze', null],
    ['choice', '', ''],
  ];
  expect(cases.map(([kind, typed]) => read(kind, typed))).toEqual(cases.map(([, , kept]) => kept));
});
