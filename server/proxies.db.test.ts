import { afterAll, beforeAll, expect, test } from 'vitest';
import { inWorkspace } from '#sql/database.ts';
import { registerPerson, startTestServer, type TestServer } from './testing/start-test-server.ts';

const secret = 'proxy-password-7';
let server: TestServer;
const tried: unknown[] = [];
beforeAll(async () => {
  server = await startTestServer({
    tryProxy: async (proxy) => {
      tried.push(proxy);
      return { ok: false, ms: null, exitAddress: null, why: 'Nothing listens at the address of the proxy.' };
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
  expect(checked.body.check).toEqual({ ok: false, ms: null, exitAddress: null, why: 'Nothing listens at the address of the proxy.' });
  expect(tried.at(-1)).toMatchObject({ kind: 'socks5h', host: 'proxy.example', password: secret });
  const renamed = await server.call('PATCH', `/api/proxies/${proxy.id}`, { token, body: { name: 'Rome' } });
  expect(renamed.body.checkedAt).not.toBeNull();
  const moved = await server.call('PATCH', `/api/proxies/${proxy.id}`, { token, body: { port: 1081 } });
  expect(moved.body).toMatchObject({ checkedAt: null, check: null });
});

test('two proxies of one workspace cannot share a name, two workspaces may', async () => {
  const [one, two] = [await registerPerson(server), await registerPerson(server)];
  expect((await server.call('POST', '/api/proxies', { token: one.token, body: fields })).status).toBe(201);
  const again = await server.call('POST', '/api/proxies', { token: one.token, body: fields });
  expect(again.body.error).toMatchObject({ code: 'already_exists', fields: { name: 'is taken' } });
  expect((await server.call('POST', '/api/proxies', { token: two.token, body: fields })).status).toBe(201);
});

test('a proxy that a profile uses cannot be removed', async () => {
  const { token } = await registerPerson(server);
  const { body: proxy } = await server.call('POST', '/api/proxies', { token, body: fields });
  const { body: profile } = await server.call('POST', '/api/profiles', { token, body: { name: 'Ann', channel: 'converse', proxyId: proxy.id } });
  const refused = await server.call('DELETE', `/api/proxies/${proxy.id}`, { token });
  expect(refused).toMatchObject({ status: 409, body: { error: { code: 'in_use', message: expect.stringContaining('One profile') } } });
  await server.call('PATCH', `/api/profiles/${profile.id}`, { token, body: { proxyId: null } });
  expect((await server.call('DELETE', `/api/proxies/${proxy.id}`, { token })).status).toBe(204);
});
