import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const { scripts } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));
const count = (pattern: string) => globSync(pattern, { cwd: root, exclude: ['node_modules/**', 'dist/**'] }).length;

test('tests of every kind exist and are run: pure, with Postgres, with a browser, with chat servers, and through the dashboard', () => {
  for (const kind of ['unit', 'db', 'browser']) expect(scripts.test).toContain(`--project ${kind}`);
  expect(scripts.test).toMatch(/&& playwright test"$/);
  expect(scripts['test:servers']).toContain('--project servers');
  for (const ending of ['db.test', 'browser.test', 'servers.test', 'spec']) expect(count(`**/*.${ending}.ts`), ending).toBeGreaterThan(0);
});
