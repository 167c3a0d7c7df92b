import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { z } from 'zod';
import type { LoginStep as LoginStepSchema } from '#core/api/profiles.ts';
import { Failure } from '#core/failure.ts';
import type { LoginAsk } from '#core/login-ask.ts';
import type { ProfileRemote } from '#server/profiles.ts';
import { openFile } from '#server/sealed-file.ts';
import { registerPerson, startTestServer, type TestServer } from '#server/testing/start-test-server.ts';
import { type CliHome, openCliHome } from './testing/run-cli.ts';

type LoginStep = z.output<typeof LoginStepSchema>;
const png = Buffer.from('iVBORw0KGgo=', 'base64');
const step = (change: Partial<LoginStep>): LoginStep => ({
  state: 'loading',
  why: null,
  qr: null,
  qrAt: null,
  linkCode: null,
  identity: null,
  ...change,
});
const ready = step({ state: 'ready', identity: '+49 151 12345678' });

/** Stands in for the worker with the browser: it goes through these steps, one for each look. */
let steps: LoginStep[] = [];
const asked: LoginAsk[] = [];
const nothing = async () => Promise.reject(new Failure('no_host'));
const remote: ProfileRemote = {
  async login(_place, ask) {
    asked.push(ask);
    return (steps.length > 1 ? steps.shift() : steps[0]) ?? ready;
  },
  screenshot: async () => png,
  me: nothing,
  unread: nothing,
  dialogs: nothing,
  checkNumber: nothing,
};

// Each command is a process of its own, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let server: TestServer;
let home: CliHome;
beforeAll(async () => {
  server = await startTestServer({ remote });
  home = await openCliHome();
  await home.signIn(server.url, await registerPerson(server));
  await home.run(['profiles', 'create', '--name', 'Front desk', '--channel', 'converse', '--direct']);
});
afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});
beforeEach(() => {
  steps = [];
  asked.length = 0;
});

test('a profile is added only when it is said how it goes out', async () => {
  const unsaid = await home.run(['profiles', 'create', '--name', 'X', '--channel', 'converse']);
  expect(unsaid).toMatchObject({ code: 2 });
  expect(unsaid.stderr).toContain('--direct');
  const made = await home.run(['profiles', 'create', '--name', 'Second', '--channel', 'converse', '--direct', '--zone', 'Europe/Berlin', '--json']);
  expect(JSON.parse(made.stdout)).toMatchObject({ name: 'Second', goesOut: 'direct', zone: 'Europe/Berlin', state: 'stopped' });
});

test('a wrong field is named on stderr', async () => {
  const run = await home.run(['profiles', 'create', '--name', 'X', '--channel', 'converse', '--direct', '--zone', 'Atlantis']);
  expect(run).toMatchObject({ code: 1, stdout: '' });
  expect(run.stderr).toMatch(/^ {2}zone is not a time zone/m);
});

test('the list is a table for people and one JSON document for programs', async () => {
  const [table, json] = await Promise.all([home.run(['profiles', 'list']), home.run(['profiles', 'list', '--json'])]);
  expect(table.stdout.split('\n')[0]).toMatch(/^NAME +CHANNEL +STATE/);
  expect(table.stdout).toContain('Front desk');
  expect(JSON.parse(json.stdout).rows.map((row: { name: string }) => row.name)).toContain('Front desk');
});

test('a profile is started by the beginning of its name', async () => {
  const run = await home.run(['profiles', 'start', 'front', '--json']);
  expect(JSON.parse(run.stdout)).toMatchObject({ name: 'Front desk', wanted: 'running' });
  expect((await home.run(['profiles', 'stop', 'Front desk'])).code).toBe(0);
  expect(await home.run(['profiles', 'stop', 'nobody'])).toMatchObject({ code: 1, stderr: 'There is no profile called nobody.\n' });
});

test('what the browser shows is saved as it came', async () => {
  const file = join(home.folder, 'shot.png');
  expect((await home.run(['profiles', 'screenshot', 'Front desk', '-o', file])).code).toBe(0);
  expect(await readFile(file)).toEqual(png);
});

test('the QR code is drawn anew when it changes, until the profile is ready', async () => {
  steps = [step({ state: 'needs_qr', qr: 'first code' }), step({ state: 'needs_qr', qr: 'second code' }), step({ state: 'syncing' }), ready];
  const run = await home.run(['profiles', 'login', 'Front desk', '--qr']);
  expect(run.code).toBe(0);
  expect(run.stderr.match(/Scan this with the phone/g)).toHaveLength(2);
  expect(run.stderr).toContain('▄▄▄▄▄');
  expect(run.stdout).toBe('Signed in as +49 151 12345678.\n');
});

test('as JSON each change of the login is a line', async () => {
  steps = [step({ state: 'needs_qr', qr: 'first code' }), step({ state: 'needs_qr', qr: 'first code' }), ready];
  const run = await home.run(['profiles', 'login', 'Front desk', '--qr', '--json']);
  const lines = run.stdout.trim().split('\n');
  expect(lines.map((line) => JSON.parse(line).state)).toEqual(['needs_qr', 'ready']);
  expect(run.stderr).toBe('');
});

test('a code that ran out is asked for again', async () => {
  steps = [step({ state: 'needs_qr', qr: 'a' }), step({ state: 'qr_expired' }), step({ state: 'needs_qr', qr: 'b' }), ready];
  expect((await home.run(['profiles', 'login', 'Front desk', '--qr'])).code).toBe(0);
  expect(asked.map(({ by }) => by)).toEqual(['qr', 'look', 'qr', 'look']);
});

test('a password for the messenger comes on stdin', async () => {
  steps = [ready];
  const run = await home.run(['profiles', 'login', 'Front desk', '--user', 'anna', '--password', '--remember'], { input: 'pw-anna\n' });
  expect(run).toMatchObject({ code: 0 });
  expect(asked).toEqual([{ by: 'password', username: 'anna', password: 'pw-anna', remember: true }]);
});

test('a login that the messenger ends is a failure with its reason', async () => {
  steps = [step({ state: 'needs_qr', qr: 'a' }), step({ state: 'restricted', why: 'new chats are barred' })];
  const run = await home.run(['profiles', 'login', 'Front desk', '--qr']);
  expect(run).toMatchObject({ code: 1, stdout: '' });
  expect(run.stderr).toContain('restricted: new chats are barred');
});

test('Ctrl-C ends the waiting without a word of failure', async () => {
  steps = [step({ state: 'needs_qr', qr: 'a' })];
  const run = await home.runUntil(['profiles', 'login', 'Front desk', '--qr', '--json'], (said) => said.includes('needs_qr'));
  expect(run).toMatchObject({ code: 130, stderr: '' });
});

test('cookies and storages are saved as a file that the passphrase opens', async () => {
  const file = join(home.folder, 'front-desk.state');
  const input = 'correct horse battery\n';
  const run = await home.run(['profiles', 'storage-state', 'Front desk', '--out', file], { input });
  expect(run).toMatchObject({ code: 0, stdout: `Cookies and storages of Front desk are in ${file}, under the passphrase.\n` });
  const opened = openFile(await readFile(file), 'correct horse battery');
  expect(JSON.parse((await buffer(opened)).toString('utf8'))).toEqual({ cookies: [], origins: [] });
  const short = await home.run(['profiles', 'storage-state', 'Front desk', '--out', file], { input: 'short\n' });
  expect(short).toMatchObject({ code: 1, stdout: '' });
});
