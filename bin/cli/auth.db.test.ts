import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { registerPerson, startTestServer, type TestServer } from '#server/testing/start-test-server.ts';
import { type CliHome, openCliHome } from './testing/run-cli.ts';

// Each command is a process of its own, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let server: TestServer;
let home: CliHome;
beforeAll(async () => {
  server = await startTestServer();
  home = await openCliHome();
});
afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});
beforeEach(() => rm(home.sessionFile, { force: true }));

const stored = async () => JSON.parse(await readFile(home.sessionFile, 'utf8'));
/** As if the access token had run out. */
const letAccessEnd = async () => writeFile(home.sessionFile, JSON.stringify({ ...(await stored()), accessExpiresAt: '2020-01-01T00:00:00.000Z' }));

test('who signs in stays signed in for later commands, and only they can read the tokens', async () => {
  const person = await registerPerson(server);
  const login = await home.run(['login', server.url, '--mail', person.email], { env: { PATCHBAY_PASSWORD: person.password } });
  expect(login).toMatchObject({ code: 0, stderr: '' });
  expect(login.stdout).toContain(person.email);
  expect((await stat(home.sessionFile)).mode & 0o777).toBe(0o600);
  const me = await home.run(['whoami', '--json']);
  expect(JSON.parse(me.stdout)).toMatchObject({ server: server.url, email: person.email, role: 'owner' });
});

test('the password may come on stdin, and is never an argument', async () => {
  const { email, password } = await registerPerson(server);
  expect(await home.run(['login', server.url, '--mail', email], { input: `${password}\n` })).toMatchObject({ code: 0 });
  expect(await home.run(['login', server.url, '--mail', email, '--password', password])).toMatchObject({ code: 2 });
});

test('a wrong password is one sentence on stderr and exit code 1', async () => {
  const { email } = await registerPerson(server);
  const login = await home.run(['login', server.url, '--mail', email], { input: 'not the password\n' });
  expect(login).toEqual({ code: 1, stdout: '', stderr: 'The mail address or the password is not right.\n' });
  await expect(stat(home.sessionFile)).rejects.toThrow('ENOENT');
});

test('wrong use is exit code 2 and says how to learn more', async () => {
  const wrong = [['profiles', 'list', '--nonsense'], ['nonsense'], ['login', 'ftp://x', '-m', 'a'], ['login']];
  for (const run of await Promise.all(wrong.map((words) => home.run(words)))) {
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(run.stderr).toContain('--help');
  }
});

test('help and version are answers, not failures', async () => {
  const runs = await Promise.all([['--help'], ['campaigns', '--help'], ['--version']].map((words) => home.run(words)));
  for (const run of runs) expect(run).toMatchObject({ code: 0, stderr: '' });
});

test('nobody is signed in: the sentence says what to do', async () => {
  expect(await home.run(['profiles', 'list'])).toEqual({ code: 1, stdout: '', stderr: 'Nobody is signed in. Run patchbay login.\n' });
});

test('a server that is not there is named, with the reason', async () => {
  const run = await home.run(['login', 'http://127.0.0.1:9', '--mail', 'a@example.test'], { input: 'x\n' });
  expect(run).toMatchObject({ code: 1, stdout: '' });
  expect(run.stderr).toContain('http://127.0.0.1:9 does not answer');
});

test('an access token that ran out is renewed on the way', async () => {
  await home.signIn(server.url, await registerPerson(server));
  const before = await stored();
  await letAccessEnd();
  expect((await home.run(['whoami'])).code).toBe(0);
  expect((await stored()).refreshToken).not.toBe(before.refreshToken);
  expect((await stat(home.sessionFile)).mode & 0o777).toBe(0o600);
});

test('several commands at once renew once, so the session does not end as reused', async () => {
  await home.signIn(server.url, await registerPerson(server));
  await letAccessEnd();
  const runs = await Promise.all([1, 2, 3].map(() => home.run(['whoami'])));
  expect(runs.map(({ code, stderr }) => ({ code, stderr }))).toEqual(runs.map(() => ({ code: 0, stderr: '' })));
});

test('a session that ended on the server is forgotten here, with what to do', async () => {
  await home.signIn(server.url, await registerPerson(server));
  await server.call('POST', '/api/auth/logout', { token: (await stored()).accessToken });
  expect(await home.run(['whoami'])).toEqual({ code: 1, stdout: '', stderr: 'This session has ended. Run patchbay login.\n' });
  await expect(stat(home.sessionFile)).rejects.toThrow('ENOENT');
});

test('signing out ends the session on both sides', async () => {
  await home.signIn(server.url, await registerPerson(server));
  const { accessToken } = await stored();
  expect((await home.run(['logout'])).code).toBe(0);
  await expect(stat(home.sessionFile)).rejects.toThrow('ENOENT');
  expect((await server.call('GET', '/api/auth/me', { token: accessToken })).status).toBe(401);
});
