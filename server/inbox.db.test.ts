import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Incoming } from '#core/channel.ts';
import { inWorkspace, type Trx } from '#sql/database.ts';
import { ingest } from '#sql/ingest.ts';
import { registerPerson, startTestServer, type TestServer } from './testing/start-test-server.ts';

let server: TestServer;
let owner: Awaited<ReturnType<typeof registerPerson>>;
let accountId: string;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});
beforeEach(async () => {
  owner = await registerPerson(server);
  accountId = (await call('POST', '/profiles', { name: 'Ann', channel: 'converse' })).body.id;
});

const call = (method: string, path: string, body?: unknown) => server.call(method, `/api${path}`, { token: owner.token, body });
const inOwn = <T>(work: (trx: Trx) => Promise<T>) => inWorkspace(server.database.db, owner.workspaceId, work);
const message = (from: string, platformId: string, over: Partial<Incoming> = {}): Incoming => ({
  conversation: from,
  peer: { kind: 'jid', value: from, name: '' },
  platformId,
  direction: 'in',
  kind: 'text',
  text: `text of ${platformId}`,
  at: new Date('2031-01-01T10:00:00.123Z'),
  status: null,
  ...over,
});
const receive = (...messages: Incoming[]) => inOwn((trx) => ingest(trx, { workspaceId: owner.workspaceId, accountId, messages, now: new Date() }));

test('conversations come newest first, page by page, with their last message and what the channel reports', async () => {
  for (let n = 0; n < 5; n += 1) await receive(message(`p${n}@x.test`, `m${n}`, { at: new Date(Date.UTC(2031, 0, 1, 10, n)) }));
  const first = await call('GET', '/conversations?limit=2');
  expect(first.body.rows).toMatchObject([
    { address: 'p4@x.test', unread: 1, lastMessage: { direction: 'in', text: 'text of m4' }, reports: ['sent', 'delivered'], accountName: 'Ann' },
    { address: 'p3@x.test' },
  ]);
  const second = await call('GET', `/conversations?limit=2&cursor=${first.body.next}`);
  const third = await call('GET', `/conversations?limit=2&cursor=${second.body.next}`);
  expect([...second.body.rows, ...third.body.rows].map((row: { address: string }) => row.address)).toEqual(['p2@x.test', 'p1@x.test', 'p0@x.test']);
  expect(third.body.next).toBeNull();
});

test('rows of the same millisecond are neither skipped nor shown twice', async () => {
  await receive(...Array.from({ length: 7 }, (_, n) => message('p@x.test', `m${n}`)));
  await inOwn((trx) => sql`update messages set at = at + (random() * interval '900 microseconds')`.execute(trx));
  const { body: conversations } = await call('GET', '/conversations');
  const seen: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { body }: { body: { rows: { id: string }[]; next: string | null } } = await call(
      'GET',
      `/conversations/${conversations.rows[0].id}/messages?limit=3${cursor ? `&cursor=${cursor}` : ''}`,
    );
    seen.push(...body.rows.map((row) => row.id));
    cursor = body.next;
  }
  expect(new Set(seen).size).toBe(7);
  expect(seen).toHaveLength(7);
});

test('what comes under an id that the messenger gave to somebody we wrote to is theirs, not a stranger’s', async () => {
  await receive(message('anna', 'm1', { direction: 'out', conversation: '1007' }));
  const [answer, stranger] = await receive(message('1007', 'm2'), message('1008', 'm3')).then((taken) =>
    ['m2', 'm3'].map((id) => taken.find((one) => one.text === `text of ${id}`)),
  );
  const { body } = await call('GET', '/conversations');
  const of = (id: string | undefined) => body.rows.find((row: { id: string }) => row.id === id)?.address;
  expect([of(answer?.conversationId), of(stranger?.conversationId)]).toEqual(['anna', '1008']);
});

test('a made-up cursor is the caller’s mistake', async () => {
  for (const cursor of ['nonsense', Buffer.from('["2031-99-99","x"]').toString('base64url')]) {
    expect((await call('GET', `/conversations?cursor=${cursor}`)).body.error).toMatchObject({
      code: 'invalid_input',
      fields: { cursor: expect.any(String) },
    });
  }
});

test('filters find by person, by unread and by archive', async () => {
  await receive(message('anna@x.test', 'm1'), message('bob@x.test', 'm2'));
  const find = async (query: string) => (await call('GET', `/conversations?${query}`)).body.rows;
  const [anna] = await find('search=ANNA');
  expect(await find('search=ANNA')).toHaveLength(1);
  await call('PATCH', `/conversations/${anna.id}/read`);
  expect((await find('unread=true')).map((row: { address: string }) => row.address)).toEqual(['bob@x.test']);
  await call('PATCH', `/conversations/${anna.id}/archive`, { archived: true });
  expect(await find('')).toHaveLength(1);
  expect(await find('archived=true')).toMatchObject([{ id: anna.id, unread: 0, archivedAt: expect.any(String) }]);
});

test('a reply is planned before campaigns, shown at once, and planned once for one clientKey', async () => {
  await receive(message('anna@x.test', 'm1'));
  const [conversation] = (await call('GET', '/conversations')).body.rows;
  const reply = () => call('POST', `/conversations/${conversation.id}/messages`, { text: 'Hello', clientKey: 'one' });
  const [first, second] = [await reply(), await reply()];
  expect(first).toMatchObject({ status: 202, body: { direction: 'out', status: 'planned', text: 'Hello' } });
  expect(second.body.id).toBe(first.body.id);
  const shown = await call('GET', `/conversations/${conversation.id}/messages`);
  expect(shown.body.rows.map((row: { text: string }) => row.text).sort()).toEqual(['Hello', 'text of m1']);
  const { rows } = await inOwn((trx) => sql<{ priority: number; address: string }>`select priority, address from deliveries`.execute(trx));
  expect(rows).toEqual([{ priority: 0, address: 'anna@x.test' }]);
  const bell = await sql`select 1 from pgboss.job where name = 'lane' and data ->> 'accountId' = ${accountId}`.execute(server.database.db);
  expect(bell.rows).toHaveLength(1);
});

test('nobody is written to who asked not to be, neither as a reply nor by hand', async () => {
  await receive(message('anna@x.test', 'm1'));
  const [conversation] = (await call('GET', '/conversations')).body.rows;
  await inOwn((trx) =>
    sql`insert into suppressions (workspace_id, contact_id, source) values (${owner.workspaceId}, ${conversation.contactId}, 'stop_word')`.execute(
      trx,
    ),
  );
  const replied = await call('POST', `/conversations/${conversation.id}/messages`, { text: 'Hello' });
  const sent = await call('POST', `/profiles/${accountId}/send`, { to: 'Anna@X.test', text: 'Hello' });
  for (const refused of [replied, sent]) expect(refused).toMatchObject({ status: 422, body: { error: { code: 'send_refused' } } });
});

test('a message by hand to somebody new makes a contact and waits its turn under the rules of a first contact', async () => {
  const sent = await call('POST', `/profiles/${accountId}/send`, { to: 'New.Person@X.test', text: 'Hello' });
  expect(sent.status).toBe(202);
  const { rows } = await inOwn((trx) =>
    sql<{ id: string; priority: number; address: string }>`select id, priority, address from deliveries`.execute(trx),
  );
  expect(rows).toEqual([{ id: sent.body.deliveryId, priority: 1, address: 'new.person@x.test' }]);
  expect((await call('POST', `/profiles/${accountId}/send`, { to: 'no jid', text: 'Hello' })).body.error.fields).toHaveProperty('to');
});
