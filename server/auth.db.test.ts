import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { countTry, forgetTries } from '#sql/tries.ts';
import { defaultLimits, noLimits, registerPerson, startTestServer, type TestServer } from './testing/start-test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

test('registering makes a workspace with its owner, who is signed in', async () => {
  const { status, body } = await server.call('POST', '/api/auth/register', {
    body: { email: 'Ann.Lee@Example.test', password: 'twelve letters', name: 'Ann' },
  });
  expect(status).toBe(201);
  expect(body.person).toMatchObject({ email: 'ann.lee@example.test', username: 'ann.lee', role: 'owner', workspace: { name: 'Ann’s workspace' } });
  const me = await server.call('GET', '/api/auth/me', { token: body.accessToken });
  expect(me.body).toEqual(body.person);
  expect(JSON.stringify(body)).not.toContain('argon2');
});

test('a second person with the same mail address is refused by name, one with the same user name gets another', async () => {
  const register = (email: string) => server.call('POST', '/api/auth/register', { body: { email, password: 'twelve letters' } });
  expect((await register('bob@one.test')).body.person.username).toBe('bob');
  expect((await register('bob@two.test')).body.person.username).toMatch(/^bob-[0-9a-f]{8}$/);
  const again = await register('bob@one.test');
  expect(again.status).toBe(409);
  expect(again.body.error).toMatchObject({ code: 'already_exists', fields: { email: expect.any(String) } });
});

test('wrong and unknown fields are refused, each by its name', async () => {
  const { status, body } = await server.call('POST', '/api/auth/register', {
    body: { email: 'nobody', password: 'short', zone: 'Mars/Base', rol: 'owner' },
  });
  expect(status).toBe(400);
  expect(body.error.code).toBe('invalid_input');
  expect(Object.keys(body.error.fields).sort()).toEqual(['email', 'password', 'rol', 'zone']);
  expect(body.error.message).toContain('email');
});

test('people sign in by mail address or by user name', async () => {
  const person = await registerPerson(server);
  for (const email of [person.email, person.email.toUpperCase(), person.email.split('@')[0]]) {
    const { status } = await server.call('POST', '/api/auth/login', { body: { email, password: person.password } });
    expect(status).toBe(200);
  }
});

test('a wrong password and an unknown person get the same answer, and the known person’s workspace an audit row', async () => {
  const person = await registerPerson(server);
  const wrong = await server.call('POST', '/api/auth/login', { body: { email: person.email, password: 'not this one at all' } });
  const unknown = await server.call('POST', '/api/auth/login', { body: { email: 'nobody@example.test', password: 'not this one at all' } });
  expect(wrong.status).toBe(401);
  expect({ ...wrong.body.error, requestId: '' }).toEqual({ ...unknown.body.error, requestId: '' });
  const audit = await server.call('GET', '/api/audit', { token: person.token });
  expect(audit.body.rows[0]).toMatchObject({ action: 'login_failed', personId: person.personId });
});

test('a refresh token is exchanged once; using it again ends the session for everyone who holds it', async () => {
  const person = await registerPerson(server);
  const first = await server.call('POST', '/api/auth/refresh', { body: { refreshToken: person.refreshToken } });
  expect(first.status).toBe(200);
  expect(first.body.refreshToken).not.toBe(person.refreshToken);
  const stolen = await server.call('POST', '/api/auth/refresh', { body: { refreshToken: person.refreshToken } });
  expect(stolen).toMatchObject({ status: 401, body: { error: { code: 'session_ended' } } });
  const rightful = await server.call('POST', '/api/auth/refresh', { body: { refreshToken: first.body.refreshToken } });
  expect(rightful.status).toBe(401);
  expect((await server.call('GET', '/api/auth/me', { token: first.body.accessToken })).status).toBe(401);
});

test('signing out ends the access token and the refresh token at once, and no other session', async () => {
  const person = await registerPerson(server);
  const other = await server.call('POST', '/api/auth/login', { body: { email: person.email, password: person.password } });
  expect((await server.call('POST', '/api/auth/logout', { token: person.token })).status).toBe(204);
  expect((await server.call('GET', '/api/auth/me', { token: person.token })).body.error.code).toBe('session_ended');
  expect((await server.call('POST', '/api/auth/refresh', { body: { refreshToken: person.refreshToken } })).status).toBe(401);
  expect((await server.call('GET', '/api/auth/me', { token: other.body.accessToken })).status).toBe(200);
});

test('an access token ends after 30 minutes, a refresh token after 7 days', async () => {
  await using own = await startTestServer();
  const person = await registerPerson(own);
  own.clock.now = new Date(own.clock.now.getTime() + 31 * 60_000);
  expect((await own.call('GET', '/api/auth/me', { token: person.token })).body.error.code).toBe('session_ended');
  const renewed = await own.call('POST', '/api/auth/refresh', { body: { refreshToken: person.refreshToken } });
  expect(renewed.status).toBe(200);
  own.clock.now = new Date(own.clock.now.getTime() + 7 * 86_400_000 + 1000);
  expect((await own.call('POST', '/api/auth/refresh', { body: { refreshToken: renewed.body.refreshToken } })).status).toBe(401);
});

test('a refresh token kept as a cookie is not in the body, and another site’s page cannot use it', async () => {
  const person = await registerPerson(server);
  const login = await server.call('POST', '/api/auth/login', { body: { email: person.email, password: person.password, keep: 'cookie' } });
  expect(login.body.refreshToken).toBeNull();
  const cookie = login.headers.getSetCookie().find((one) => one.startsWith('patchbay_refresh=')) ?? '';
  expect(cookie).toMatch(/Path=\/api\/auth; HttpOnly; SameSite=Strict$/);
  const sent = { cookie: cookie.split(';')[0] ?? '' };
  const foreign = await server.call('POST', '/api/auth/refresh', { body: { keep: 'cookie' }, headers: { ...sent, origin: 'https://evil.example' } });
  expect(foreign.status).toBe(401);
  const own = await server.call('POST', '/api/auth/refresh', { body: { keep: 'cookie' }, headers: { ...sent, origin: server.url } });
  expect(own.status).toBe(200);
});

test('a changed role applies to the next request', async () => {
  const owner = await registerPerson(server);
  const added = await server.call('POST', '/api/people', {
    token: owner.token,
    body: { email: 'helper@example.test', username: 'helper', role: 'admin', password: 'twelve letters' },
  });
  expect(added.status).toBe(201);
  const helper = await server.call('POST', '/api/auth/login', { body: { email: 'helper', password: 'twelve letters' } });
  expect((await server.call('GET', '/api/people', { token: helper.body.accessToken })).status).toBe(200);
  await server.call('PATCH', `/api/people/${added.body.id}`, { token: owner.token, body: { role: 'operator' } });
  expect((await server.call('GET', '/api/people', { token: helper.body.accessToken })).body.error.code).toBe('forbidden');
  await server.call('DELETE', `/api/people/${added.body.id}`, { token: owner.token });
  expect((await server.call('GET', '/api/auth/me', { token: helper.body.accessToken })).status).toBe(401);
});

test('the owner keeps the role and stays', async () => {
  const owner = await registerPerson(server);
  expect((await server.call('PATCH', `/api/people/${owner.personId}`, { token: owner.token, body: { role: 'operator' } })).body.error.code).toBe(
    'wrong_state',
  );
  expect((await server.call('DELETE', `/api/people/${owner.personId}`, { token: owner.token })).body.error.code).toBe('wrong_state');
});

test('five wrong passwords from one address close the door for a while; right ones are not counted', async () => {
  await using own = await startTestServer({ limits: defaultLimits });
  const person = await registerPerson(own);
  const attempt = (password: string) => own.call('POST', '/api/auth/login', { body: { email: person.email, password } });
  for (let n = 0; n < 6; n += 1) expect((await attempt(person.password)).status).toBe(200);
  for (let n = 0; n < 5; n += 1) expect((await attempt('wrong wrong wrong')).status).toBe(401);
  const refused = await attempt(person.password);
  expect(refused).toMatchObject({ status: 429, body: { error: { code: 'too_many_requests' } } });
  expect(refused.headers.get('retry-after')).toBe('20');
});

test('one sign-in name bears only so many wrong passwords, whatever the spelling', async () => {
  await using own = await startTestServer({ limits: { ...noLimits, signInByName: { most: 3, seconds: 300 } } });
  const person = await registerPerson(own);
  const attempt = (email: string) => own.call('POST', '/api/auth/login', { body: { email, password: 'wrong wrong wrong' } });
  for (const email of [person.email, person.email.toUpperCase(), ` ${person.email} `]) expect((await attempt(email)).status).toBe(401);
  expect((await attempt(person.email)).status).toBe(429);
  expect((await attempt('somebody.else@example.test')).status).toBe(401);
});

test('servers on one database count wrong passwords and tokens together, and forget windows that are over', async () => {
  const limits = { ...defaultLimits, refreshByAddress: { most: 3, seconds: 60 } };
  await using one = await startTestServer({ limits });
  await using two = await startTestServer({ limits, database: one.database });
  const person = await registerPerson(one);
  const signIn = (at: TestServer, password: string) => at.call('POST', '/api/auth/login', { body: { email: person.email, password } });
  const refresh = (at: TestServer, token: string = randomUUID()) => at.call('POST', '/api/auth/refresh', { body: { refreshToken: token } });
  const before = await triesIn(one);
  const { refreshToken } = (await refresh(one, person.refreshToken)).body;
  // A right one is taken back after its reply.
  await expect.poll(() => triesIn(one)).toBe(before);
  for (const at of [one, two, one]) expect((await refresh(at)).status).toBe(401);
  for (const at of [one, two, one, two, one]) expect((await signIn(at, 'wrong wrong wrong')).status).toBe(401);
  for (const at of [one, two]) {
    expect((await signIn(at, person.password)).status).toBe(429);
    expect((await refresh(at, refreshToken)).status).toBe(429);
  }
  await countTry(one.database.db, Buffer.from('over at once'), 0);
  expect(await forgetTries(one.database.db)).toBe(1);
  expect((await signIn(one, person.password)).status).toBe(429);
});

async function triesIn({ database }: TestServer): Promise<number> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const { rows } = await client.query<{ n: number }>('select coalesce(sum(count), 0)::int as n from tries');
  await client.end();
  return rows[0]?.n ?? 0;
}

test('registering is limited too', async () => {
  await using own = await startTestServer({ limits: defaultLimits });
  for (let n = 0; n < 5; n += 1) await registerPerson(own);
  await expect(registerPerson(own)).rejects.toThrow(/429/);
});

test('every change leaves an audit row that names fields and never their contents', async () => {
  const owner = await registerPerson(server);
  await server.call('PATCH', '/api/workspace', { token: owner.token, body: { name: 'Renamed' } });
  const body = { email: 'second@example.test', username: 'second', role: 'operator', password: 'a very secret one' };
  const added = await server.call('POST', '/api/people', { token: owner.token, body });
  const audit = await server.call('GET', '/api/audit?limit=2', { token: owner.token });
  expect(audit.body.rows).toMatchObject([
    { action: 'addPerson', subject: 'people', subjectId: added.body.id, person: expect.any(String) },
    { action: 'changeWorkspace', subject: 'workspace', detail: { fields: ['name'] } },
  ]);
  expect(JSON.stringify(audit.body)).not.toContain('a very secret one');
  const older = await server.call('GET', `/api/audit?limit=2&cursor=${audit.body.next}`, { token: owner.token });
  expect(older.body.rows.map((row: { action: string }) => row.action)).toEqual(['login', 'register']);
  expect(older.body.next).toBeNull();
});
