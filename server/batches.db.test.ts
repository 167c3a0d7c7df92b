import { afterAll, beforeAll, expect, test } from 'vitest';
import { inWorkspace, type Trx } from '#sql/database.ts';
import { ingest } from '#sql/ingest.ts';
import { createBatches } from '#workers/batches.ts';
import { registerPerson, startTestServer, type TestServer } from './testing/start-test-server.ts';

let server: TestServer;
let owner: Awaited<ReturnType<typeof registerPerson>>;
beforeAll(async () => {
  server = await startTestServer();
  owner = await registerPerson(server);
  const accountId = (await call('POST', '/profiles', { name: 'Ann', channel: 'converse' })).body.id;
  const messages = Array.from({ length: 230 }, (_, n) => ({
    conversation: `p${n}@x.test`,
    peer: { kind: 'jid' as const, value: `p${n}@x.test`, name: n < 210 ? 'Many' : 'Few' },
    platformId: `m${n}`,
    direction: 'in' as const,
    kind: 'text' as const,
    text: 'Hi',
    at: new Date(),
    status: null,
  }));
  await inOwn((trx) => ingest(trx, { workspaceId: owner.workspaceId, accountId, messages, now: new Date() }));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

const call = (method: string, path: string, body?: unknown, token = owner.token) => server.call(method, `/api${path}`, { token, body });
const inOwn = <T>(work: (trx: Trx) => Promise<T>) => inWorkspace(server.database.db, owner.workspaceId, work);
const matching = async (query: string) => (await call('GET', `/inbox/matching?${query}`)).body.conversations;
const some = async (query: string) => (await call('GET', `/conversations?${query}`)).body.rows as { id: string }[];
const work = (batchId: string) =>
  createBatches({ db: server.database.db, tell: () => undefined })({ workspaceId: owner.workspaceId, batchId }, AbortSignal.timeout(20_000));

test('all that match are counted when it begins, changed slice by slice, and taken back; what was changed since stays', async () => {
  const [first] = await some('search=Many');
  await call('PATCH', `/conversations/${first?.id}`, { isPinned: true });
  const labelId = (await call('POST', '/labels', { name: 'Sale' })).body.id;
  const change = { state: 'resolved', isRead: true, assignedTo: owner.personId, addLabelIds: [labelId], priority: 'high' };
  const begun = await call('POST', '/conversations/bulk', { filter: { search: 'Many', unread: true }, change });
  expect(begun).toMatchObject({ status: 202, body: { total: 210, done: 200, finishedAt: null } });
  await work(begun.body.id);
  await work(begun.body.id);
  expect((await call('GET', `/batches/${begun.body.id}`)).body).toMatchObject({ total: 210, done: 210, finishedAt: expect.any(String) });
  expect(await matching(`state=resolved&view=mine&priority=high&unread=false&labelId=${labelId}`)).toBe(210);
  expect(await matching('state=open&unread=true')).toBe(20);

  const [again] = await some('state=resolved');
  await call('PATCH', `/conversations/${again?.id}`, { assignedTo: null, state: 'archived' });
  expect((await call('POST', `/batches/${begun.body.id}/undo`)).body).toMatchObject({ undoneAt: expect.any(String), finishedAt: null });
  await work(begun.body.id);
  expect(await matching('state=open&view=unassigned&priority=none&unread=true')).toBe(229);
  expect(await matching(`labelId=${labelId}`)).toBe(0);
  expect((await call('GET', `/conversations/${again?.id}`)).body).toMatchObject({ state: 'archived', assignedTo: null, unread: 1 });
  expect((await call('POST', `/batches/${begun.body.id}/undo`)).status).toBe(404);
});

test('marked as unread and taken back, what somebody wrote meanwhile stays unread', async () => {
  const [first, second] = await some('search=Few&unread=true&limit=2');
  const ids = [first?.id, second?.id];
  await call('POST', '/conversations/bulk', { ids, change: { isRead: true } });
  const begun = await call('POST', '/conversations/bulk', { ids, change: { isRead: false } });
  const [talk] = await inOwn((trx) =>
    trx
      .selectFrom('conversations')
      .select(['account_id', 'peer'])
      .where('id', '=', first?.id ?? '')
      .execute(),
  );
  const peer = talk?.peer ?? '';
  const message = { conversation: peer, peer: { kind: 'jid' as const, value: peer, name: '' }, platformId: 'since', direction: 'in' as const };
  const news = [{ ...message, kind: 'text' as const, text: 'Hello?', at: new Date(), status: null }];
  await inOwn((trx) => ingest(trx, { workspaceId: owner.workspaceId, accountId: talk?.account_id ?? '', messages: news, now: new Date() }));
  await call('POST', `/batches/${begun.body.id}/undo`);
  expect((await call('GET', `/conversations/${first?.id}`)).body.unread).toBe(2);
  expect((await call('GET', `/conversations/${second?.id}`)).body.unread).toBe(0);
  await call('POST', '/conversations/bulk', { ids, change: { isRead: false } });
});

test('a batch says what it cannot do, and knows no other workspace', async () => {
  const ids = (await some('search=Few')).map((row) => row.id);
  const other = await registerPerson(server);
  const ask = (body: unknown, token = owner.token) => call('POST', '/conversations/bulk', body, token);
  expect((await ask({ ids, change: { state: 'resolved' } }, other.token)).status).toBe(404);
  expect((await ask({ ids, filter: {}, change: { state: 'resolved' } })).status).toBe(400);
  expect((await ask({ ids, change: {} })).status).toBe(400);
  expect((await ask({ ids, change: { state: 'snoozed', snoozedUntil: '2020-01-01T00:00:00Z' } })).body.error.fields).toEqual({
    snoozedUntil: 'has passed',
  });
  expect((await ask({ ids, change: { addLabelIds: [other.personId] } })).body.error.fields).toEqual({ labelIds: 'does not exist' });
  const done = await ask({ ids, change: { isRead: true } });
  expect(done.body).toMatchObject({ total: 20, done: 20, finishedAt: expect.any(String) });
  expect(await matching('search=Few&unread=false')).toBe(20);
  expect((await call('GET', `/batches/${done.body.id}`, undefined, other.token)).status).toBe(404);
});
