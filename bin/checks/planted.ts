import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { lintFolder } from '#bin/checks/lint.ts';
import type { Outcome } from '#bin/checks/outcome.ts';
import { innocents, violations } from '#bin/checks/planted-violations.ts';

/** Plants one violation of each rule in a folder of its own, under our biome.json, and expects exactly these to be found. */
export async function checkPlanted(root: string, signal: AbortSignal): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-planted-'));
  try {
    for (const name of ['package.json', 'tsconfig.json']) await copyFile(join(root, name), join(folder, name));
    await writeFile(join(folder, 'biome.json'), await configWithoutGit(root));
    for (const { path, text } of [...violations, ...innocents]) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    const { diagnostics } = await lintFolder(root, folder, signal);
    const found = diagnostics.filter(({ path }) => path.includes('/')).map(({ path, category }) => `${path} ${category}`);
    const expected = violations.map(({ path, breaks }) => `${path} ${breaks}`);
    const problems = [
      ...expected.filter((one) => !found.includes(one)).map((one) => `not noticed: ${one}`),
      ...found.filter((one) => !expected.includes(one)).map((one) => `not planted: ${one}`),
    ];
    return { name: 'planted', problems, summary: `${expected.length} of ${expected.length} violations noticed` };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function configWithoutGit(root: string): Promise<string> {
  const config = z.looseObject({}).parse(JSON.parse(await readFile(join(root, 'biome.json'), 'utf8')));
  return JSON.stringify({ ...config, vcs: { enabled: false } });
}
