import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const guard = fileURLToPath(new URL('need-node-24.cjs', import.meta.url));

/** The guard as a Node of that version would run it. */
async function guardOn(version: string): Promise<{ code: number; said: string }> {
  const pretend = `Object.defineProperty(process, 'versions', { value: { node: '${version}' } }); require(${JSON.stringify(guard)});`;
  return await new Promise((resolve) => {
    execFile(process.execPath, ['-e', pretend], (error, _out, said) => resolve({ code: Number(error?.code ?? 0), said }));
  });
}

test('an older Node is refused with what to do about it', async () => {
  const { code, said } = await guardOn('20.20.2');
  expect(code).toBe(1);
  expect(said).toContain('npm rebuild node');
});

test('Node 24 and newer pass without a word', async () => {
  expect(await guardOn('24.0.0')).toEqual({ code: 0, said: '' });
  expect(await guardOn('26.1.0')).toEqual({ code: 0, said: '' });
});

test('every script that needs Node begins with the guard', () => {
  const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const unguarded = Object.entries<string>(scripts).filter(([, command]) => !command.startsWith('node bin/need-node-24.cjs && '));
  // The command line program looks for Node 24 itself, as it is also started without npm.
  expect(unguarded.map(([name]) => name)).toEqual(['patchbay']);
});
