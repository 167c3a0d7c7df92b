import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (name: string) => readFileSync(join(root, name), 'utf8');

test('the repository keeps exactly the pictures that its pages show', () => {
  const pages = ['README.md', ...globSync('docs/**/*.md', { cwd: root })];
  const shown = pages.flatMap((page) => [...read(page).matchAll(/pictures\/([a-z-]+\.png)/g)].map(([, name]) => name));
  const kept = [...read('docs/pictures/.gitignore').matchAll(/^!([a-z-]+\.png)$/gm)].map(([, name]) => name);
  expect(new Set(shown)).toEqual(new Set(kept));
});
