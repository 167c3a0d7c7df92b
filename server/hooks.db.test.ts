import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inWorkspace } from '#sql/database.ts';
import { registerPerson, startTestServer, type TestServer } from './testing/start-test-server.ts';

let server: TestServer;
let owner: Awaited<ReturnType<typeof registerPerson>>;
beforeAll(async () => {
  server = await startTestServer();
  owner = await registerPerson(server);
});
afterAll(() => server[Symbol.asyncDispose]());

const call = (method: string, path: string, body?: unknown) => server.call(method, `/api${path}`, { token: owner.token, body });
const plain = { url: 'https://crm.example/in', kinds: ['message_added'] };

test('the secret of a hook is told once, a new one takes its place, and neither it nor its headers are read again', async () => {
  const added = await call('POST', '/hooks', { ...plain, name: 'CRM', headers: { authorization: 'Bearer of mine' } });
  expect(added.body).toMatchObject({ secret: expect.stringMatching(/^whsec_.{44}$/), headerNames: ['authorization'], accountIds: [], isOn: true });
  const { id, secret } = added.body;
  const renewed = (await call('POST', `/hooks/${id}/secret`, {})).body.secret;
  expect(renewed).not.toBe(secret);
  await call('PATCH', `/hooks/${id}`, { name: 'CRM 2' });
  const read = await Promise.all(['/hooks', `/hooks/${id}`, '/audit', '/events'].map((path) => call('GET', path)));
  expect(JSON.stringify(read.map(({ body }) => body))).not.toMatch(/whsec|of mine/);
  expect(read[1]?.body).toMatchObject({ name: 'CRM 2', headerNames: ['authorization'] });
  const row = await inWorkspace(server.database.db, owner.workspaceId, (trx) =>
    trx.selectFrom('hooks').select(['sealed_secret', 'sealed_headers']).where('id', '=', id).executeTakeFirstOrThrow(),
  );
  expect(server.sealer.openText(row.sealed_secret)).toBe(renewed);
  expect(row.sealed_headers?.toString('latin1')).not.toContain('mine');
});

test.each([
  [{ url: 'ftp://x.example/' }, 'url'],
  [{ url: 'https://ann:secret@x.example/' }, 'url'],
  [{ headers: { Host: 'x' } }, 'headers'],
  [{ headers: { 'transfer-encoding': 'chunked' } }, 'headers'],
  [{ headers: { 'Webhook-Id': '1' } }, 'headers'],
  [{ headers: { 'x-a': 'line\r\nbreak' } }, 'headers'],
  [{ headers: Object.fromEntries(Array.from({ length: 21 }, (_, nth) => [`x-${nth}`, ''])) }, 'headers'],
  [{ kinds: [] }, 'kinds'],
  [{ kinds: ['hook_changed'] }, 'kinds.0'],
])('%j is refused and says what is wrong', async (wrong, field) => {
  const { status, body } = await call('POST', '/hooks', { ...plain, name: 'wrong', ...wrong });
  expect(status).toBe(400);
  expect(Object.keys(body.error?.fields ?? body.fields)).toEqual([field]);
});

test('posts and events are listed by page, newest first, and are posted again by id or by time', async () => {
  const { id } = (await call('POST', '/hooks', { ...plain, name: 'paged' })).body;
  for (let nth = 0; nth < 3; nth += 1) await call('POST', `/hooks/${id}/test`, {});
  const first = (await call('GET', `/hook-posts?hookId=${id}&limit=2`)).body;
  const rest = (await call('GET', `/hook-posts?hookId=${id}&limit=2&cursor=${first.next}`)).body;
  expect([first.rows.length, rest.rows.length, rest.next]).toEqual([2, 1, null]);
  const ids = [...first.rows, ...rest.rows].map((row: { id: string }) => row.id);
  await inWorkspace(server.database.db, owner.workspaceId, (trx) =>
    sql`update hook_posts set state = 'dead', settled_at = now(), attempts = 12 where hook_id = ${id}`.execute(trx),
  );
  expect((await call('GET', `/hook-posts?hookId=${id}&state=dead`)).body.rows).toHaveLength(3);
  expect((await call('POST', '/hook-posts/replay', { ids: [ids[0]] })).body).toEqual({ replayed: 1 });
  expect((await call('GET', `/hook-posts/${ids[0]}`)).body).toMatchObject({ state: 'waiting', attempts: 0, tries: [] });
  const [from, to] = [new Date(Date.now() - 60_000).toISOString(), new Date(Date.now() + 60_000).toISOString()];
  expect((await call('POST', '/hook-posts/replay', { hookId: id, from, to })).body).toEqual({ replayed: 2 });
  expect((await call('POST', '/hook-posts/replay', { hookId: id })).status).toBe(400);
  const events = (await call('GET', '/events?kind=hook_changed&limit=1')).body;
  expect(events.rows).toEqual([{ id: expect.any(String), at: expect.any(String), event: { kind: 'hook_changed', hookId: id } }]);
  expect(events.next).not.toBeNull();
});

test('operators do not see hooks', async () => {
  const person = { email: 'op@example.test', username: 'op', role: 'operator', password: 'twelve letters' };
  await call('POST', '/people', person);
  const { accessToken: token } = (await server.call('POST', '/api/auth/login', { body: { email: 'op', password: 'twelve letters' } })).body;
  for (const path of ['/hooks', '/hook-posts', '/events']) expect((await server.call('GET', `/api${path}`, { token })).status).toBe(403);
});
