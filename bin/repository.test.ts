import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (name: string) => readFileSync(join(root, name), 'utf8');
const { license, scripts } = JSON.parse(read('package.json'));
const documents = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...globSync('docs/**/*.md', { cwd: root })];

test('the licence is MIT, in its file and in package.json', () => {
  expect(license).toBe('MIT');
  expect(read('LICENSE')).toMatch(/^MIT License/);
});

test('the format is checked by a script of its own and by everything that CI runs', () => {
  expect(scripts.format).toContain('biome check --write');
  expect(scripts['format:check']).toContain('biome check');
  expect(read('.ci/run')).toMatch(/^step 'npm test'/m);
  expect(scripts.test).toContain('bin/check.ts');
});

test('links between the documents lead to files that exist', () => {
  const links = documents.flatMap((from) =>
    [...read(from).matchAll(/[^!]\[[^\]]*\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, to = '']) => ({ from, to: join(dirname(from), to) })),
  );
  expect(links.length).toBeGreaterThan(20);
  expect(links.filter(({ to }) => !existsSync(join(root, to)))).toEqual([]);
});

test('every script that the README names exists, and no script is left out', () => {
  const cells = read('README.md')
    .split('\n')
    .flatMap((line) => /^\| (`npm [^|]*)\|/.exec(line)?.[1] ?? []);
  const named = cells.flatMap((cell) => [...cell.matchAll(/`(?:npm (?:run )?)?([a-z:]+)/g)].map(([, name = '']) => name));
  expect(named.toSorted()).toEqual(Object.keys(scripts).toSorted());
});
