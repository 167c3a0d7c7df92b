import { expect, test } from 'vitest';
import { alikeNotes } from './alike-notes.ts';

test('notes that say the same become one, with its count and newest time, where the newest stood', () => {
  const note = (at: string, what: string) => ({ at, what, about: 'GET http://x/' });
  expect(alikeNotes([note('3', '503'), note('2', '404'), note('1', '503')])).toEqual([
    { ...note('3', '503'), count: 2 },
    { ...note('2', '404'), count: 1 },
  ]);
});
