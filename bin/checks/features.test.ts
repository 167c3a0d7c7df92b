import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkFeatures } from './features.ts';

let root: string;
let table: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'patchbay-features-'));
  await mkdir(join(root, 'docs'));
  await mkdir(join(root, 'core'));
  await writeFile(join(root, 'core/pace.test.ts'), "test('a person pauses', () => {});\n");
  const ours = await readFile(fileURLToPath(new URL('../../docs/features.md', import.meta.url)), 'utf8');
  // Every id as it stands in our own table, none of them held by a test yet.
  table = ours.replace(/^(\| [A-Z]\d?-\d+ \|).*$/gm, '$1 x | y | not yet |');
});
afterEach(async () => await rm(root, { recursive: true }));

async function problemsOf(text: string): Promise<string[]> {
  await writeFile(join(root, 'docs/features.md'), text);
  return (await checkFeatures(root)).problems;
}

const withRow = (cell: string) => table.replace(/^\| S0-2 \|.*$/m, `| S0-2 | x | y | ${cell} |`);

test('a row may name tests that exist, or say that it is not built', async () => {
  expect(await problemsOf(withRow('`core/pace.test.ts › a person pauses`'))).toEqual([]);
  expect(await problemsOf(withRow('no: it is a human service'))).toEqual([]);
});

test('a test that a file does not have is noticed', async () => {
  expect(await problemsOf(withRow('`core/pace.test.ts › a person hurries`'))).toEqual([expect.stringContaining('a person hurries')]);
});

test('a file that does not exist is noticed', async () => {
  expect(await problemsOf(withRow('`core/gone.test.ts › a person pauses`'))).toEqual([expect.stringContaining('core/gone.test.ts')]);
});

test('a row without a word about tests is noticed', async () => {
  expect(await problemsOf(withRow(''))).toEqual([expect.stringContaining('S0-2 names no test')]);
});

test('an item without a row, a row twice and an unknown item are noticed', async () => {
  expect(await problemsOf(table.replace(/^\| A-43 \|.*\n/m, ''))).toEqual(['docs/features.md has no row for A-43']);
  expect(await problemsOf(`${table}\n| A-43 | x | y | not yet |`)).toEqual([expect.stringContaining('A-43 is unknown or a repetition')]);
  expect(await problemsOf(`${table}\n| A-44 | x | y | not yet |`)).toEqual([expect.stringContaining('A-44')]);
});
