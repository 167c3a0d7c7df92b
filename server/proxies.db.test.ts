import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { z } from 'zod';
import type { ProxyCheck } from '#core/api/proxies.ts';
import { inWorkspace } from '#sql/database.ts';
import { registerPerson, startTestServer, type TestServer } from './testing/start-test-server.ts';

const secret = 'proxy-password-7';
let server: TestServer;
const tried: unknown[] = [];
const dead: z.output<typeof ProxyCheck> = {
  ok: false,
  ms: null,
  exitAddress: null,
  country: null,
  why: 'Nothing listens at the address of the proxy.',
};
let answer = dead;
const askAs = (token: string) => (method: string, path: string, body?: object) => server.call(method, `/api${path}`, { token, body });
beforeAll(async () => {
  server = await startTestServer({
    tryProxy: async (proxy) => {
      tried.push(proxy);
      return answer;
    },
  });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

const fields = { name: 'Berlin', kind: 'socks5', host: 'proxy.example', port: 1080, username: 'ann', password: secret };

test('a proxy keeps its password sealed, resolves names by itself and says neither in a reply', async () => {
  const { token, workspaceId } = await registerPerson(server);
  const added = await server.call('POST', '/api/proxies', { token, body: fields });
  expect(added.status).toBe(201);
  expect(added.body).toMatchObject({ kind: 'socks5h', hasPassword: true, usedBy: 0, check: null });
  const stored = await inWorkspace(server.database.db, workspaceId, (trx) =>
    trx.selectFrom('proxies').select('sealed_password').executeTakeFirstOrThrow(),
  );
  const sealed = stored.sealed_password ?? Buffer.of();
  expect(sealed.includes(secret)).toBe(false);
  expect(server.sealer.openText(sealed)).toBe(secret);
  const all = JSON.stringify([added.body, (await server.call('GET', '/api/proxies', { token })).body, server.logged]);
  expect(all).not.toContain(secret);
  expect(all.toLowerCase()).not.toContain('sealed');
});

test('a change leaves alone what it does not name; an empty password takes it away', async () => {
  const { token } = await registerPerson(server);
  const { body: proxy } = await server.call('POST', '/api/proxies', { token, body: fields });
  const renamed = await server.call('PATCH', `/api/proxies/${proxy.id}`, { token, body: { name: 'Munich' } });
  expect(renamed.body).toMatchObject({ name: 'Munich', host: 'proxy.example', hasPassword: true });
  const opened = await server.call('PATCH', `/api/proxies/${proxy.id}`, { token, body: { password: null } });
  expect(opened.body.hasPassword).toBe(false);
});

test('a check is kept until the proxy leads elsewhere', async () => {
  const { token } = await registerPerson(server);
  const { body: proxy } = await server.call('POST', '/api/proxies', { token, body: fields });
  const checked = await server.call('POST', `/api/proxies/${proxy.id}/check`, { token });
  expect(checked.body.check).toEqual(dead);
  expect(tried.at(-1)).toMatchObject({ kind: 'socks5h', host: 'proxy.example', password: secret });
  const renamed = await server.call('PATCH', `/api/proxies/${proxy.id}`, { token, body: { name: 'Rome' } });
  expect(renamed.body.checkedAt).not.toBeNull();
  const moved = await server.call('PATCH', `/api/proxies/${proxy.id}`, { token, body: { port: 1081 } });
  expect(moved.body).toMatchObject({ checkedAt: null, check: null });
});

test('what is typed can be tried before it is saved, with the stored password where none is typed', async () => {
  const [one, other] = [await registerPerson(server), await registerPerson(server)];
  const { body: proxy } = await server.call('POST', '/api/proxies', { token: one.token, body: fields });
  const { name: _name, password: _password, ...typed } = fields;
  const ask = (token: string, body: object) => server.call('POST', '/api/proxies/try', { token, body });
  expect((await ask(one.token, { ...typed, host: 'other.example', proxyId: proxy.id })).body).toEqual(answer);
  expect(tried.at(-1)).toMatchObject({ host: 'other.example', username: 'ann', password: secret });
  await ask(one.token, { ...typed, password: 'typed' });
  expect(tried.at(-1)).toMatchObject({ host: 'proxy.example', password: 'typed' });
  expect((await ask(other.token, { ...typed, proxyId: proxy.id })).status).toBe(404);
  expect((await server.call('GET', '/api/proxies', { token: one.token })).body.rows).toMatchObject([{ host: 'proxy.example', check: null }]);
});

test('two proxies of one workspace cannot share a name, two workspaces may', async () => {
  const [one, two] = [await registerPerson(server), await registerPerson(server)];
  expect((await server.call('POST', '/api/proxies', { token: one.token, body: fields })).status).toBe(201);
  const again = await server.call('POST', '/api/proxies', { token: one.token, body: fields });
  expect(again.body.error).toMatchObject({ code: 'already_exists', fields: { name: 'is taken' } });
  expect((await server.call('POST', '/api/proxies', { token: two.token, body: fields })).status).toBe(201);
});

test('a proxy that profiles use cannot be removed, and the refusal names them', async () => {
  const { token } = await registerPerson(server);
  const ask = askAs(token);
  const { body: proxy } = await ask('POST', '/proxies', fields);
  const { body: profile } = await ask('POST', '/profiles', { name: 'Ann', channel: 'converse', proxyId: proxy.id });
  expect((await ask('GET', `/proxies/${proxy.id}`)).body).toMatchObject({ usedBy: 1, profiles: [{ id: profile.id, name: 'Ann', mismatch: null }] });
  const refused = await ask('DELETE', `/proxies/${proxy.id}`);
  expect(refused).toMatchObject({ status: 409, body: { error: { code: 'in_use', message: expect.stringContaining('Ann goes out') } } });
  await ask('PATCH', `/profiles/${profile.id}`, { proxyId: null });
  expect((await ask('DELETE', `/proxies/${proxy.id}`)).status).toBe(204);
});

test('pasted proxies are looked at first, added all or none, or without the bad lines; nothing is half done', async () => {
  const { token } = await registerPerson(server);
  const ask = askAs(token);
  await ask('POST', '/proxies', { ...fields, name: 'b.example:2' });
  const text = `a.example:1\nftp://b.example:2\nsocks5://ann:${secret}@b.example:2\nsocks5://ann:other@proxy.example:1080\na.example:1`;
  const looked = await ask('POST', '/proxies/import', { text, take: 'look' });
  expect(looked.body).toEqual({
    added: 0,
    rows: [
      { line: 1, address: 'http://a.example:1', name: 'a.example:1', problem: null },
      { line: 2, address: 'ftp://b.example:2', name: null, problem: 'kind' },
      { line: 3, address: 'socks5h://b.example:2', name: 'b.example:2 (2)', problem: null },
      { line: 4, address: 'socks5h://proxy.example:1080', name: null, problem: 'exists' },
      { line: 5, address: 'http://a.example:1', name: null, problem: 'repeated' },
    ],
  });
  expect((await ask('POST', '/proxies/import', { text })).body.added).toBe(0);
  expect((await ask('GET', '/proxies')).body.rows).toHaveLength(1);
  expect((await ask('POST', '/proxies/import', { text, take: 'good' })).body.added).toBe(2);
  const { rows } = (await ask('GET', '/proxies')).body;
  expect(rows.map((row: { name: string; hasPassword: boolean }) => [row.name, row.hasPassword])).toEqual([
    ['a.example:1', false],
    ['b.example:2', true],
    ['b.example:2 (2)', true],
  ]);
  expect((await ask('POST', '/proxies/import', { text, take: 'all' })).body.added).toBe(0);
  expect(JSON.stringify([looked.body, rows])).not.toContain(secret);
  const many = Array.from({ length: 1001 }, (_, nth) => `many.example:${nth + 1}`).join('\n');
  expect((await ask('POST', '/proxies/import', { text: many })).body.error.code).toBe('too_large');
});

test('a profile of a pool keeps the proxy that was chosen for it until that one is taken away', async () => {
  const { token } = await registerPerson(server);
  const ask = askAs(token);
  const { body: pool } = await ask('POST', '/proxy-pools', { name: 'Germany' });
  const add = async (name: string) =>
    (await ask('POST', '/proxies', { name, kind: 'http', host: `${name}.example`, port: 1, poolId: pool.id })).body.id;
  const [a, b] = [await add('a'), await add('b')];
  const profile = async (name: string) => (await ask('POST', '/profiles', { name, channel: 'converse', poolId: pool.id })).body;
  const [ann, bob, cem] = [await profile('Ann'), await profile('Bob'), await profile('Cem')];
  // The least used each time.
  expect([ann.proxyId, bob.proxyId, cem.proxyId]).toEqual([a, b, a]);
  expect(ann).toMatchObject({ goesOut: 'proxy', poolId: pool.id, poolName: 'Germany', proxyName: 'a' });
  const c = await add('c');
  expect((await ask('PATCH', `/profiles/${ann.id}`, { poolId: pool.id, proxyId: null })).body.proxyId).toBe(a);
  expect((await ask('DELETE', `/proxy-pools/${pool.id}`)).body.error.message).toContain('Ann, Bob, Cem go out');
  expect((await ask('DELETE', `/proxies/${a}`)).status).toBe(204);
  const after = async (id: string) => (await ask('GET', `/profiles/${id}`)).body.proxyId;
  expect([await after(ann.id), await after(bob.id), await after(cem.id)]).toEqual([c, b, b]);
  // By hand to another of the pool it still belongs to it; to one outside, or directly, it leaves.
  expect((await ask('PATCH', `/profiles/${bob.id}`, { proxyId: c })).body).toMatchObject({ proxyId: c, poolId: pool.id });
  const { body: lone } = await ask('POST', '/proxies', fields);
  expect((await ask('PATCH', `/profiles/${bob.id}`, { proxyId: lone.id, poolId: pool.id })).body.error.code).toBe('invalid_input');
  expect((await ask('PATCH', `/profiles/${bob.id}`, { proxyId: lone.id })).body).toMatchObject({ poolId: null, goesOut: 'proxy' });
  await ask('DELETE', `/proxies/${b}`);
  // The last one of the pool: its profiles would have no way out.
  expect((await ask('DELETE', `/proxies/${c}`)).body.error).toMatchObject({ code: 'in_use', message: expect.stringContaining('Ann, Cem go out') });
  expect((await ask('PATCH', `/proxies/${c}`, { poolId: null })).body.error.code).toBe('in_use');
});

test('what a check says of the country is held against zone and language, and three failures in a row open the breaker', async () => {
  const { token } = await registerPerson(server);
  const ask = askAs(token);
  const { body: proxy } = await ask('POST', '/proxies', fields);
  const { body: profile } = await ask('POST', '/profiles', {
    name: 'Ann',
    channel: 'converse',
    proxyId: proxy.id,
    zone: 'Europe/Berlin',
    locale: 'en-US',
  });
  answer = { ok: true, ms: 40, exitAddress: '203.0.113.7', country: 'DE', why: null };
  const well = (await ask('POST', `/proxies/${proxy.id}/check`)).body;
  const mismatch = { country: 'DE', zone: false, locale: true };
  expect(well).toMatchObject({ failureShare: 0, breaker: { state: 'closed' }, profiles: [{ name: 'Ann', mismatch }] });
  expect((await ask('GET', `/profiles/${profile.id}`)).body.mismatch).toEqual(mismatch);
  answer = dead;
  await ask('POST', `/proxies/${proxy.id}/check`);
  expect((await ask('POST', `/proxies/${proxy.id}/check`)).body.breaker).toMatchObject({ state: 'closed', failures: 2 });
  expect((await ask('POST', `/proxies/${proxy.id}/check`)).body).toMatchObject({
    breaker: { state: 'open', failures: 3, retryAt: expect.any(String) },
    failureShare: 0.75,
    lastError: dead.why,
  });
  answer = { ...well.check };
  expect((await ask('POST', `/proxies/${proxy.id}/check`)).body).toMatchObject({
    breaker: { state: 'closed', failures: 0, openedAt: null },
    failureShare: 0.6,
  });
});

test('a check of all is asked for at once and shows until it has ended', async () => {
  const { token, workspaceId } = await registerPerson(server);
  const ask = askAs(token);
  const { body: proxy } = await ask('POST', '/proxies', fields);
  expect(await ask('POST', '/proxies/check')).toMatchObject({ status: 202, body: { asked: 1 } });
  expect((await ask('GET', '/proxies')).body.rows[0].isChecking).toBe(true);
  const { rows } = await sql<{ data: unknown }>`select data from pgboss.job where name = 'proxy_check' and data ->> 'proxyId' = ${proxy.id}`.execute(
    server.database.db,
  );
  expect(rows).toEqual([{ data: { workspaceId, proxyId: proxy.id } }]);
  await ask('POST', `/proxies/${proxy.id}/check`);
  expect((await ask('GET', '/proxies')).body.rows[0].isChecking).toBe(false);
});
