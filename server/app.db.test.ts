import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { importMaxBytes } from '#core/api/lists.ts';
import type { ProfileRemote } from './profiles.ts';
import { registerPerson, startTestServer, type TestServer } from './testing/start-test-server.ts';

let server: TestServer;
let directory: string;
let token: string;
const askedWorker = Promise.withResolvers<void>();
/** A worker that answers when it is no longer waited for. */
const remote: ProfileRemote = {
  login: async (_place, _ask, signal) => {
    askedWorker.resolve();
    await once(signal, 'abort');
    throw signal.reason;
  },
  me: async () => Promise.reject(new TypeError('a bug')),
  unread: async () => ({ rows: [] }),
  dialogs: async () => ({ rows: [] }),
  checkNumber: async (_place, phone) => ({ phone, exists: null }),
  screenshot: async () => Buffer.of(),
};
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'patchbay-pages-'));
  await mkdir(join(directory, 'assets'));
  await writeFile(join(directory, 'index.html'), '<!doctype html><title>the dashboard</title>');
  await writeFile(join(directory, 'assets', 'main-1.js'), 'void 0;');
  server = await startTestServer({ pagesDirectory: directory, corsAllowedOrigins: ['https://chat.example'], remote });
  token = (await registerPerson(server)).token;
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

test('a client that leaves while a worker is asked is no error in the log; a bug is one', async () => {
  const profile = (await server.call('POST', '/api/profiles', { token, body: { name: 'Leaving', channel: 'converse' } })).body;
  const leaving = new AbortController();
  const answer = fetch(`${server.url}/api/profiles/${profile.id}/login/code`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ code: '12345' }),
    signal: leaving.signal,
  });
  await askedWorker.promise;
  leaving.abort();
  await expect(answer).rejects.toThrow();
  const isOf = (line: Record<string, unknown>) => line.id === profile.id && line.status === 499;
  await expect.poll(() => server.logged.some(isOf)).toBe(true);
  expect((await server.call('GET', `/api/profiles/${profile.id}/me`, { token })).status).toBe(500);
  // What the client left was answered long before the bug's own line.
  expect(server.logged.filter((line) => line.level === 50)).toMatchObject([{ code: 'broken', err: { message: 'a bug' } }]);
});

test('a body that is too large, broken, or of another kind is refused with what to do', async () => {
  const post = (body: string, type = 'application/json') => server.call('POST', '/api/lists', { token, body, headers: { 'content-type': type } });
  expect(await post(JSON.stringify({ name: 'x'.repeat(1_100_000) }))).toMatchObject({
    status: 413,
    body: { error: { code: 'too_large', message: 'The body is larger than 1 MB.' } },
  });
  expect(await post('{"name": ')).toMatchObject({ status: 400, body: { error: { code: 'unreadable_body' } } });
  expect(await post('name=x', 'application/x-www-form-urlencoded')).toMatchObject({
    status: 415,
    body: { error: { message: 'Send the body as application/json.' } },
  });
});

test('text that Postgres cannot store is refused by its field, wherever it stands', async () => {
  const post = (path: string, body: object) => server.call('POST', `/api${path}`, { token, body });
  const problem = 'holds a character that cannot be stored';
  expect(await post('/lists', { name: 'a\0b' })).toMatchObject({
    status: 400,
    body: { error: { code: 'invalid_input', fields: { name: problem } } },
  });
  expect((await post('/campaigns', { name: 'c', audience: { listIds: ['\ud800'] } })).body.error.fields).toEqual({ 'audience.listIds.0': problem });
  expect((await post('/templates/preview', { body: '{{x}}', values: { 'x\0': 'y' } })).body.error.fields).toEqual({ values: problem });
  expect((await server.call('GET', '/api/conversations?search=%00', { token })).body.error.fields).toEqual({ search: problem });
});

test('an endpoint without fields refuses fields, and a query that it does not know', async () => {
  expect((await server.call('POST', '/api/auth/logout', { token, body: {} })).status).toBe(204);
  token = (await registerPerson(server)).token;
  expect((await server.call('GET', '/api/proxies?colour=red', { token })).body.error).toMatchObject({
    code: 'invalid_input',
    fields: { colour: expect.any(String) },
  });
  expect((await server.call('GET', '/api/proxies/not-an-id', { token })).body.error.fields).toHaveProperty('id');
  expect((await server.call('GET', '/api/proxies/%E0%A4%A', { token })).status).toBe(400);
});

test('a file that is too large or in another field is refused by name', async () => {
  const send = (field: string, bytes: number) => {
    const form = new FormData();
    form.append(field, new Blob([Buffer.alloc(bytes, 'a')]), 'Liste für Müller.csv');
    return server.call('POST', '/api/imports/preview', { token, body: form });
  };
  expect(await send('file', importMaxBytes + 1)).toMatchObject({ status: 413, body: { error: { message: 'The file is larger than 20 MB.' } } });
  expect((await send('upload', 10)).body.error).toMatchObject({ code: 'invalid_input', fields: { upload: 'Send one file, in the field file.' } });
  const cut = await server.call('POST', '/api/imports/preview', {
    token,
    body: '--b\r\ncut',
    headers: { 'content-type': 'multipart/form-data; boundary=b' },
  });
  expect(cut.body.error.code).toBe('unreadable_body');
});

test('who is not signed in cannot make the server read a large body', async () => {
  const form = new FormData();
  form.append('file', new Blob([Buffer.alloc(1000)]), 'a.csv');
  expect((await server.call('POST', '/api/imports/preview', { body: form })).status).toBe(401);
});

test('what does not exist is JSON too, and every reply has a number that the log knows', async () => {
  const { status, body, headers } = await server.call('GET', '/api/nowhere');
  expect({ status, error: body.error }).toMatchObject({ status: 404, error: { code: 'not_found', message: 'There is no GET /api/nowhere.' } });
  expect(headers.get('x-request-id')).toBe(body.error.requestId);
  await expect.poll(() => server.logged.some((line) => line.requestId === body.error.requestId && line.status === 404)).toBe(true);
});

test('the log holds neither bodies nor queries', async () => {
  await server.call('POST', '/api/auth/login', { body: { email: 'secret.person@example.test', password: 'secret of a person' } });
  await server.call('GET', '/api/conversations?search=secret-search', { token });
  await server.call('POST', '/sessions/secret-name/connect', { token });
  const log = JSON.stringify(server.logged);
  for (const secret of ['secret.person', 'secret of a person', 'secret-search', 'secret-name', token]) expect(log).not.toContain(secret);
});

test('scripts come from the server itself only, and nothing may frame it', async () => {
  const { headers } = await server.call('GET', '/api/health');
  const policy = headers.get('content-security-policy') ?? '';
  expect(policy).toContain("script-src 'self';");
  expect(policy).toContain("style-src 'self' 'unsafe-inline'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toContain('upgrade-insecure-requests');
  expect(headers.get('x-powered-by')).toBeNull();
});

test('only named origins may call from their pages', async () => {
  const from = (origin: string, method = 'GET') => server.call(method, '/api/health', { headers: { origin } });
  expect((await from('https://chat.example')).headers.get('access-control-allow-origin')).toBe('https://chat.example');
  expect((await from('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
  const asked = await server.call('OPTIONS', '/api/lists', { headers: { origin: 'https://chat.example', 'access-control-request-method': 'POST' } });
  expect(asked).toMatchObject({ status: 204 });
  expect(asked.headers.get('access-control-allow-methods')).toContain('PATCH');
});

test('the API is documented by pages of its own', async () => {
  expect((await server.call('GET', '/api/docs')).headers.get('location')).toBe('/api/docs/');
  const page = await server.call('GET', '/api/docs/');
  expect(page.body).not.toMatch(/https?:\/\//);
  expect(page.body).not.toMatch(/<script(?![^>]*src=)/);
  for (const file of ['start.js', 'swagger-ui-bundle.js', 'swagger-ui.css']) expect((await server.call('GET', `/api/docs/${file}`)).status).toBe(200);
  expect((await server.call('GET', '/api/openapi.json')).body.openapi).toBe('3.1.0');
});

test('a browser that opens a path gets the dashboard, a client gets the API', async () => {
  const open = (path: string, accept: string) => server.call('GET', path, { headers: { accept } });
  const asBrowser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
  for (const path of ['/', '/profiles', '/campaigns/anything']) expect((await open(path, asBrowser)).body).toContain('the dashboard');
  expect((await open('/profiles', 'application/json')).body.error.code).toBe('signed_out');
  expect((await open('/profiles', '*/*')).status).toBe(401);
  expect((await open('/api/nowhere', asBrowser)).status).toBe(404);
  expect((await open('/assets/main-1.js', '*/*')).headers.get('cache-control')).toContain('immutable');
  expect((await open('/assets/gone.js', '*/*')).status).toBe(404);
});

test('health names what is missing', async () => {
  const { status, body } = await server.call('GET', '/api/health');
  expect({ status, body }).toMatchObject({
    status: 200,
    body: { status: 'degraded', checks: { database: { ok: true }, workers: { ok: false, why: expect.any(String) } } },
  });
});

test('the queue’s pages are for admins of the installation, signed in by cookie', async () => {
  await using own = await startTestServer();
  const [first, second] = [await registerPerson(own), await registerPerson(own)];
  const cookieOf = async ({ email, password }: typeof first) => {
    const { headers } = await own.call('POST', '/api/auth/login', { body: { email, password, keep: 'cookie' } });
    return headers
      .getSetCookie()
      .map((one) => one.split(';')[0])
      .join('; ');
  };
  expect((await own.call('GET', '/admin/queues')).status).toBe(401);
  expect((await own.call('GET', '/admin/queues', { headers: { cookie: await cookieOf(second) } })).status).toBe(403);
  const page = await own.call('GET', '/admin/queues', { headers: { cookie: await cookieOf(first) } });
  expect(page.status).toBe(200);
  expect(page.body).toContain('<html');
  expect(page.headers.get('content-security-policy')).toMatch(/script-src 'self' ('sha256-[A-Za-z0-9+/=]+' ?)+;/);
});
