import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { BounceKind } from '#core/bounce.ts';
import { parseBounces } from './bounce.ts';
import { wrongedMails } from './testing/wronged-mails.ts';

/** Reports of other programs, with what each should become. They lie beside the clone, and the test fails where they do not. */
const folder = new URL('../../../shared/fixtures/', import.meta.url);
const read = (path: string) => readFileSync(fileURLToPath(new URL(path, folder)));
const Index = z.object({
  cases: z.array(
    z.object({
      file: z.string(),
      expected: z.array(z.object({ recipient: z.string().nullable(), status: z.string().nullable(), class: BounceKind })),
    }),
  ),
});
const { cases } = Index.parse(JSON.parse(read('dsn/index.json').toString()));

test('there are reports to look at', () => {
  expect(cases.length).toBeGreaterThan(0);
});

test.each(cases)('$file becomes the expected kinds', ({ file, expected }) => {
  const bounces = parseBounces(read(file));
  expect(bounces.map(({ recipient, status, kind }) => ({ recipient, status, class: kind }))).toEqual(expected);
});

test('each line and each part of each report may be missing: nothing is thrown', () => {
  const problems = cases.flatMap(({ file }) => wrongedMails(read(file)).flatMap((mail) => problemOf(file, mail)));
  expect(problems).toEqual([]);
});

function problemOf(file: string, mail: Buffer): string[] {
  try {
    parseBounces(mail);
    return [];
  } catch (error) {
    return [`${file}: ${String(error)}`];
  }
}
