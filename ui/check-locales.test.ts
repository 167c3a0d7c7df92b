import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { checkLocales } from './check-locales.ts';

const folder = mkdtempSync(join(tmpdir(), 'patchbay locales '));
afterAll(() => rmSync(folder, { recursive: true }));

test('every text stands in both languages, with the same values, and is used', () => {
  expect(checkLocales(import.meta.dirname)).toEqual([]);
});

test('a text that is taken out of one language is named', () => {
  cpSync(join(import.meta.dirname, 'src'), join(folder, 'src'), { recursive: true });
  const file = join(folder, 'src/locales/ru/shell.json');
  const { wall, ...rest } = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify(rest));
  expect(wall).toBeTruthy();
  expect(checkLocales(folder)).toContainEqual({ kind: 'missing', text: '"shell.wall" has no text in "ru".' });
});

test('a text that the code asks for and nobody wrote is named', () => {
  writeFileSync(join(folder, 'src/planted.ts'), "t('shell.nobody_wrote_this')");
  expect(checkLocales(folder)).toContainEqual({ kind: 'missing', text: 'The code asks for "shell.nobody_wrote_this", which no language has.' });
});

test('an @ that would be taken for a link, and end the page that shows it, is named', () => {
  const file = join(folder, 'src/locales/en/shell.json');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), search: 'Write @ and a name' }));
  expect(checkLocales(folder)).toContainEqual({ kind: 'unreadable', text: '"shell.search" holds a bare @: write {\'@\'}.' });
});
