import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (name: string) => readFileSync(join(root, name), 'utf8').split('\n');
const example = read('.env.example').flatMap((line) => {
  const [, name, value = ''] = /^([A-Z][A-Z0-9_]*)=(.*)$/.exec(line) ?? [];
  return name ? [`${name}=${value}`] : [];
});
const documented = read('docs/settings.md').flatMap((line) => {
  const [, name, value = ''] = /^\| `([A-Z][A-Z0-9_]*)` \| (?:`([^`]*)`)? ?\|/.exec(line) ?? [];
  return name ? [`${name}=${value}`] : [];
});

test('docs/settings.md explains the variables of .env.example, with the same defaults', () => {
  expect(example.length).toBeGreaterThan(20);
  expect(documented.toSorted()).toEqual(example.toSorted());
});
