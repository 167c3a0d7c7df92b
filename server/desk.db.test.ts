import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { inWorkspace, type Trx } from '#sql/database.ts';
import { ingest } from '#sql/ingest.ts';
import { addMarks, applyMarks } from '#sql/marks.ts';
import { registerPerson, startTestServer, type TestServer } from './testing/start-test-server.ts';

let server: TestServer;
let owner: Awaited<ReturnType<typeof registerPerson>>;
let accountId: string;
let conversationId: string;
let contactId: string;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});
beforeEach(async () => {
  owner = await registerPerson(server);
  accountId = (await call('POST', '/profiles', { name: 'Ann', channel: 'converse' })).body.id;
  const one = {
    conversation: 'anna@x.test',
    peer: { kind: 'jid' as const, value: 'anna@x.test', name: '' },
    platformId: 'm1',
    direction: 'in' as const,
    kind: 'text' as const,
    text: 'Hi',
    at: new Date(),
    status: null,
  };
  const [taken] = await inOwn((trx) => ingest(trx, { workspaceId: owner.workspaceId, accountId, messages: [one], now: new Date() }));
  conversationId = taken?.conversationId ?? '';
  contactId = taken?.contactId ?? '';
});

const call = (method: string, path: string, body?: unknown, token = owner.token) => server.call(method, `/api${path}`, { token, body });
const inOwn = <T>(work: (trx: Trx) => Promise<T>) => inWorkspace(server.database.db, owner.workspaceId, work);
async function colleague(username: string): Promise<{ id: string; token: string }> {
  const name = `${username}${owner.workspaceId.slice(0, 8)}`;
  const { body } = await call('POST', '/people', { email: `${name}@example.test`, username: name, role: 'operator', password: 'twelve letters' });
  return { id: body.id, token: (await call('POST', '/auth/login', { email: name, password: 'twelve letters' })).body.accessToken };
}

test('a note mentions colleagues by their user name, and no message comes of it', async () => {
  const dora = await colleague('dora');
  const name = `dora${owner.workspaceId.slice(0, 8)}`;
  const { body } = await call('POST', `/conversations/${conversationId}/notes`, { text: `@${name}, please call. Not x@${name}b, not @nobody.` });
  expect(body).toMatchObject({ person: { id: owner.personId }, mentions: [{ id: dora.id, name }] });
  expect((await call('GET', `/conversations/${conversationId}/notes`, undefined, dora.token)).body.rows).toEqual([body]);
  expect((await call('GET', '/messages')).body.rows).toHaveLength(1);
  expect((await call('GET', '/deliveries')).status).toBe(404);
});

test('a draft is kept for each person with its key, and an empty one is forgotten', async () => {
  const dora = await colleague('dora');
  const path = `/conversations/${conversationId}/draft`;
  await call('PUT', path, { text: 'Dear', clientKey: 'one' });
  await call('PUT', path, { text: 'Dear Anna', clientKey: 'one' });
  expect((await call('GET', path)).body).toEqual({ draft: { text: 'Dear Anna', clientKey: 'one' } });
  expect((await call('GET', path, undefined, dora.token)).body).toEqual({ draft: null });
  await call('PUT', path, { text: '', clientKey: 'one' });
  expect((await call('GET', path)).body).toEqual({ draft: null });
});

test('a draft that is sent is over, also where the page that sent it says no more', async () => {
  const path = `/conversations/${conversationId}/draft`;
  await call('PUT', path, { text: 'Dear Anna', clientKey: 'one' });
  await call('POST', `/conversations/${conversationId}/messages`, { text: 'Hello', clientKey: 'two' });
  expect((await call('GET', path)).body.draft).toMatchObject({ clientKey: 'one' });
  await call('POST', `/conversations/${conversationId}/messages`, { text: 'Dear Anna', clientKey: 'one' });
  expect((await call('GET', path)).body).toEqual({ draft: null });
});

test('a canned answer is filled in for the person, says what is missing, and is refused when it could not be filled in', async () => {
  await inOwn((trx) => sql`update contacts set name = 'Anna Berg' where id = ${contactId}`.execute(trx));
  await call('POST', '/canned-answers', { shortcut: 'hours', body: 'Dear {{first_name}}, {{city}} is open until 18:00.' });
  const { body } = await call('GET', `/conversations/${conversationId}/canned-answers`);
  expect(body.rows).toMatchObject([{ shortcut: 'hours', text: 'Dear Anna,  is open until 18:00.', missing: ['city'] }]);
  expect((await call('POST', '/canned-answers', { shortcut: 'hours', body: 'x' })).body.error.fields).toHaveProperty('shortcut');
  expect((await call('POST', '/canned-answers', { shortcut: 'broken', body: '{{#if}}' })).body.error.code).toBe('template_invalid');
});

test('a view is one’s own or everybody’s', async () => {
  const dora = await colleague('dora');
  const { body: own } = await call('POST', '/saved-views', { name: 'Mine', filter: { view: 'mine' } });
  const { body: shared } = await call('POST', '/saved-views', { name: 'Urgent', filter: { priority: 'urgent' }, isShared: true });
  expect((await call('GET', '/saved-views')).body.rows).toEqual([own, shared]);
  expect((await call('GET', '/saved-views', undefined, dora.token)).body.rows).toEqual([shared]);
  expect((await call('DELETE', `/saved-views/${own.id}`, undefined, dora.token)).status).toBe(404);
  expect((await call('DELETE', `/saved-views/${shared.id}`, undefined, dora.token)).status).toBe(204);
});

test('what is listed whole has an end', async () => {
  await inOwn((trx) =>
    sql`insert into canned_answers (workspace_id, shortcut, body) select ${owner.workspaceId}, n::text, 'x' from generate_series(1, 1000) n`.execute(
      trx,
    ),
  );
  expect((await call('POST', '/canned-answers', { shortcut: 'one-more', body: 'x' })).body.error).toMatchObject({ code: 'wrong_state' });
  expect((await call('POST', '/labels', { name: 'Another' })).status).toBe(201);
});

test('a message for later waits for its time, rings its lane then, and can be taken back until it goes', async () => {
  const sendAt = new Date(Date.now() + 3_600_000).toISOString();
  const { body: later } = await call('POST', `/conversations/${conversationId}/messages`, { text: 'Good morning', sendAt });
  expect(later).toMatchObject({ status: 'planned', sendAt });
  const { rows } = await inOwn((trx) => sql<{ due_at: Date }>`select due_at from deliveries`.execute(trx));
  expect(rows).toEqual([{ due_at: new Date(sendAt) }]);
  const bell = await sql<{
    start_after: Date;
  }>`select start_after from pgboss.job where name = 'lane' and data ->> 'accountId' = ${accountId}`.execute(server.database.db);
  expect(bell.rows).toEqual([{ start_after: new Date(sendAt) }]);
  expect((await call('DELETE', `/messages/${later.id}`)).status).toBe(204);
  expect((await call('GET', `/messages/${later.id}`)).body).toMatchObject({ status: 'cancelled', sendAt: null });
  expect((await call('DELETE', `/messages/${later.id}`)).body.error.code).toBe('wrong_state');
  const tooFar = await call('POST', `/conversations/${conversationId}/messages`, { text: 'x', sendAt: '2099-01-01T00:00:00Z' });
  expect(tooFar.body.error.fields).toHaveProperty('sendAt');
});

test('reactions, edits and what was taken back are shown with their message', async () => {
  const place = { workspaceId: owner.workspaceId, accountId };
  const mark = async (kind: 'reaction' | 'edit' | 'unsend', value: string) =>
    inOwn(async (trx) => {
      await addMarks(trx, place, [{ platformId: 'm1', kind, sender: 'anna', value, at: new Date('2031-01-01T10:00:00Z') }]);
      await applyMarks(trx, place, { ids: ['m1'], now: new Date() });
    });
  const shown = async () => (await call('GET', `/conversations/${conversationId}/messages`)).body.rows[0];
  await mark('reaction', '👍');
  await mark('edit', 'Hello');
  expect(await shown()).toMatchObject({
    text: 'Hello',
    reactions: [{ from: 'anna', emoji: '👍' }],
    editedAt: '2031-01-01T10:00:00.000Z',
    unsentAt: null,
  });
  await mark('unsend', '');
  expect(await shown()).toMatchObject({ text: '', unsentAt: '2031-01-01T10:00:00.000Z' });
});
