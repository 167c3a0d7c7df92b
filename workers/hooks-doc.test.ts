import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newHookSecret, signHook } from '#channels/hook-signature.ts';

const run = promisify(execFile);
let folder: string;
let page: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-hooks-'));
  page = await readFile(new URL('../docs/hooks.md', import.meta.url), 'utf8');
});
afterAll(() => rm(folder, { recursive: true }));

const example = (language: string): string => page.split(`\`\`\`${language}\n`)[1]?.split('```')[0] ?? '';
const secret = newHookSecret();
const body = '{"type":"message_added","text":"Привет"}';
const signedAt = (at: Date) => signHook(secret, { id: 'one', at, body });

test('the verifier of the page in Node takes what is ours, and nothing that is changed, old, or signed otherwise', async () => {
  await writeFile(join(folder, 'verify.mjs'), example('js'));
  const { verify } = await import(/* @vite-ignore */ pathToFileURL(join(folder, 'verify.mjs')).href);
  const headers = signedAt(new Date());
  expect(verify(secret, headers, body)).toEqual(JSON.parse(body));
  expect(() => verify(secret, headers, body.replace('added', 'changed'))).toThrow('not signed');
  expect(() => verify(secret, { ...headers, 'webhook-id': 'two' }, body)).toThrow('not signed');
  expect(() => verify(newHookSecret(), headers, body)).toThrow('not signed');
  expect(() => verify(secret, signedAt(new Date(Date.now() - 400_000)), body)).toThrow('too old');
  expect(() => verify(secret, {}, body)).toThrow('no webhook');
});

test('the one in Python too', async () => {
  const call = `import sys\nheaders = json.loads(sys.argv[2])\nprint(json.dumps(verify(sys.argv[1], headers, sys.argv[3].encode())))\n`;
  await writeFile(join(folder, 'verify.py'), example('python') + call);
  const python = (headers: object, text: string) => run('python3', [join(folder, 'verify.py'), secret, JSON.stringify(headers), text]);
  expect(JSON.parse((await python(signedAt(new Date()), body)).stdout)).toEqual(JSON.parse(body));
  await expect(python(signedAt(new Date()), `${body} `)).rejects.toThrow('not signed');
  await expect(python(signedAt(new Date(0)), body)).rejects.toThrow('too old');
});
