import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Outcome } from '#bin/checks/outcome.ts';

/** How many items each document has: S0 to S4 are the five seeds, A what the peers have beyond them. */
const items = { S0: 37, S1: 75, S2: 21, S3: 21, S4: 18, A: 43 };
const known = new Set(Object.entries(items).flatMap(([group, count]) => Array.from({ length: count }, (_, index) => `${group}-${index + 1}`)));

/** `place` is the row's third cell. */
export type FeatureRow = { id: string; line: number; text: string; place: string; tests: { file: string; name: string }[] };

/** Rows of docs/features.md look like `| S0-1 | where it is | `path/to/x.test.ts › the test's name` |`; several tests are fine. */
export function readFeatureRows(text: string): FeatureRow[] {
  return text.split('\n').flatMap((row, index) => {
    const id = /^\| *([A-Z]\d*-\d+) *\|/.exec(row)?.[1];
    if (!id) return [];
    const tests = [...row.matchAll(/`([^`›]+?) › ([^`]+)`/g)].map(([, file = '', name = '']) => ({ file: file.trim(), name: name.trim() }));
    return [{ id, line: index + 1, text: row, place: row.split('|')[3]?.trim() ?? '', tests }];
  });
}

/** Each item has one row, and a row names tests that exist or says `not yet` or `no:` with the reason. */
export async function checkFeatures(root: string): Promise<Outcome> {
  const rows = readFeatureRows(await readFile(join(root, 'docs/features.md'), 'utf8'));
  const ids = rows.map(({ id }) => id);
  const problems = [
    ...[...known].filter((id) => !ids.includes(id)).map((id) => `docs/features.md has no row for ${id}`),
    ...rows
      .filter(({ id }, index) => !known.has(id) || ids.indexOf(id) !== index)
      .map(({ id, line }) => `docs/features.md:${line} ${id} is unknown or a repetition`),
    ...rows.filter(isSilent).map(({ id, line }) => `docs/features.md:${line} ${id} names no test; say "not yet", or "no:" and why`),
    ...(await Promise.all(rows.flatMap((row) => row.tests.map((test) => missing(root, row, test))))).flat(),
  ];
  const held = rows.filter(({ tests }) => tests.length > 0).length;
  return { name: 'features', problems, summary: `${held} of ${known.size} items held by tests` };
}

function isSilent({ tests, text }: FeatureRow): boolean {
  return tests.length === 0 && !/\| *(not yet|no:)/.test(text);
}

async function missing(root: string, row: FeatureRow, { file, name }: FeatureRow['tests'][number]): Promise<string[]> {
  const source = await readFile(join(root, file), 'utf8').catch(() => null);
  const at = `docs/features.md:${row.line} ${row.id}`;
  if (source === null) return [`${at} names ${file}, which does not exist`];
  const isThere = ["'", '"', '`'].some((quote) => source.includes(`${quote}${name}${quote}`));
  return isThere ? [] : [`${at} names a test that ${file} does not have: ${name}`];
}
