import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (name: string) => readFileSync(join(root, name), 'utf8');
const lines = read('.env.example').split('\n');
const explained = lines.flatMap((line) => /^([A-Z][A-Z0-9_]*)=/.exec(line)?.[1] ?? []);

/** What every system sets by itself. */
const given = new Set(['PATH', 'XDG_CONFIG_HOME']);

test('every variable that a config file reads stands in .env.example', () => {
  const files = globSync('{server,workers,lab,bin}/**/*config.ts', { cwd: root });
  const asked = files.flatMap((file) => [...read(file).matchAll(/\b([A-Z][A-Z0-9_]{2,}): /g)].map(([, name = '']) => name));
  expect(asked).toEqual(expect.arrayContaining(['PORT', 'DATABASE_URL', 'WORKER_CONCURRENCY', 'LAB_HOST', 'BROWSER_PATH']));
  expect([...new Set(asked)].filter((name) => !explained.includes(name) && !given.has(name))).toEqual([]);
});

test('every variable of .env.example has a sentence above it and stands there once', () => {
  expect(new Set(explained).size).toBe(explained.length);
  for (const [index, line] of lines.entries()) {
    if (/^[A-Z]/.test(line)) expect(lines[index - 1], line).toMatch(/^# [^-]/);
  }
});

test('.env.example gives no secret away', () => {
  const secrets = lines.filter((line) => /^(PATCHBAY_KEY|DATABASE_URL|\w*PASSWORD)=/.test(line));
  expect(secrets.map((line) => line.split('=')[1])).toEqual(secrets.map(() => ''));
});
