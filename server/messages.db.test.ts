import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { inWorkspace, type Trx } from '#sql/database.ts';
import { ingest } from '#sql/ingest.ts';
import { type MessageFilter, messageIds } from '#sql/message-list.ts';
import { indexWords } from '#sql/message-words.ts';
import { walkInOrder } from '#sql/walk.ts';
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

const call = (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
  server.call(method, `/api${path}`, { token: owner.token, body, ...(headers ? { headers } : {}) });
const inOwn = <T>(work: (trx: Trx) => Promise<T>) => inWorkspace(server.database.db, owner.workspaceId, work);
async function receive(
  from: string,
  text: string,
  minute: number,
  into = accountId,
): Promise<{ messageId: string; conversationId: string; contactId: string }> {
  const one = {
    conversation: from,
    peer: { kind: 'jid' as const, value: from, name: '' },
    platformId: `${from} ${text}`,
    direction: 'in' as const,
    kind: 'text' as const,
    text,
    status: null,
  };
  const at = new Date(Date.UTC(2031, 0, 1, 10, minute));
  const [taken] = await inOwn((trx) => ingest(trx, { workspaceId: owner.workspaceId, accountId: into, messages: [{ ...one, at }], now: new Date() }));
  if (!taken) throw new Error('nothing was taken in');
  return taken;
}
const texts = async (query: string) => (await call('GET', `/messages${query}`)).body.rows.map((row: { text: string }) => row.text).join(' ');

test('messages of all accounts stand in one list, newest first, and each filter narrows it', async () => {
  const { body: other } = await call('POST', '/profiles', { name: 'Other', channel: 'converse' });
  const a = await receive('anna@x.test', 'a', 1);
  await receive('bob@x.test', 'b', 2, other.id);
  await receive('anna@x.test', 'c', 3);
  const d = await receive('bob@x.test', 'd', 4, other.id);
  expect(await texts('')).toBe('d c b a');
  expect(await texts(`?accountId=${accountId}`)).toBe('c a');
  expect(await texts(`?accountId=${other.id}&channel=converse`)).toBe('d b');
  expect(await texts('?channel=telegram-web')).toBe('');
  expect(await texts(`?contactId=${a.contactId}`)).toBe('c a');
  expect(await texts(`?conversationId=${a.conversationId}&until=2031-01-01T10:03:00Z`)).toBe('a');
  expect(await texts('?since=2031-01-01T10:02:00Z&direction=in')).toBe('d c b');
  expect(await texts('?direction=out')).toBe('');
  expect(await texts('?limit=2&offset=1')).toBe('c b');
  const { body: first } = await call('GET', '/messages?limit=3');
  expect(await texts(`?cursor=${first.next}`)).toBe('a');

  expect((await call('PATCH', `/messages/${d.messageId}/read`)).body).toMatchObject({
    id: d.messageId,
    readAt: expect.any(String),
    contactName: 'bob@x.test',
  });
  expect(await texts('/unread')).toBe('c b a');
  expect(await texts(`/unread?accountId=${other.id}`)).toBe('b');
  expect((await call('GET', `/conversations/${d.conversationId}`)).body.unread).toBe(1);
});

test('a message goes into a conversation or to an address, once for each key, in the body or in the header', async () => {
  const { conversationId } = await receive('anna@x.test', 'a', 1);
  const planned = await call('POST', '/messages', { conversationId, text: 'Hello', clientKey: 'one' });
  expect(planned).toMatchObject({ status: 202, body: { conversationId, status: 'planned', text: 'Hello', channel: 'converse' } });
  expect((await call('GET', `/messages/${planned.body.id}`)).body).toEqual(planned.body);
  expect((await call('POST', '/messages', { conversationId, text: 'Hello', clientKey: 'one' })).body.id).toBe(planned.body.id);

  const send = (text: string) => call('POST', '/messages', { accountId, to: 'new@x.test', text }, { 'idempotency-key': 'two' });
  const [first, second] = await Promise.all([send('Good day'), send('Good day')]);
  expect(first.body).toMatchObject({ conversationId: null, status: 'planned', deliveryId: second.body.deliveryId });
  expect((await send('Another text')).body.error).toMatchObject({ code: 'already_exists', fields: { clientKey: expect.any(String) } });
  const { rows } = await inOwn((trx) => sql`select from deliveries`.execute(trx));
  expect(rows).toHaveLength(2);
  expect((await call('POST', '/messages', { accountId, text: 'To whom?' })).body.error.fields).toHaveProperty('conversationId');
});

test('each list of messages walks an index, under row policies too', async () => {
  const { conversationId, contactId } = await receive('anna@x.test', 'a', 1);
  await inOwn((trx) =>
    sql`insert into messages (workspace_id, account_id, conversation_id, platform_id, direction, kind, at, read_at, status)
      select ${owner.workspaceId}, ${accountId}, ${conversationId}, n::text, case n % 2 when 0 then 'in' else 'out' end, 'text', now() - n * interval '1 minute', case when n > 20 then now() end,
             case n % 2 when 1 then case when n < 50 then 'failed' else 'sent' end end from generate_series(1, 4000) n`.execute(trx),
  );
  const admin = new pg.Client({ connectionString: server.database.url });
  await admin.connect();
  await admin.query('analyze messages, conversations, accounts');
  await admin.end();
  const filters: MessageFilter[] = [
    {},
    { accountId },
    { channel: 'converse' },
    { conversationId },
    { contactId },
    { unread: true },

    { since: '2020-01-01T00:00:00Z' },
  ];
  for (const filter of filters) {
    const ids = messageIds(filter, { after: ['2031-01-01T00:00:00Z', conversationId], limit: 50 });
    const { rows } = await inOwn(async (trx) => {
      await walkInOrder(trx);
      return sql<{ 'QUERY PLAN': string }>`explain ${ids}`.execute(trx);
    });
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect({
      filter,
      scans: plan.match(/Seq Scan on messages|Bitmap/g),
      sorted: /Sort Key: m\./.test(plan) && !/Sort Key: m\..*\n\s*->\s+Nested/.test(plan),
    }).toEqual({ filter, scans: null, sorted: false });
  }
});

test('words are found in any language, newest first, page by page, and in no other workspace', async () => {
  for (const [n, text] of [
    'Der Schlüssel liegt bereit',
    'Ещё одна посылка',
    '明日の配達は何時ですか',
    'Your parcel, please',
    'A PARCEL again',
    'mail to anna.berg@x.test',
  ].entries())
    await receive('anna@x.test', text, n);
  await indexWords(server.database.db);
  const search = async (q: string, more = '') => (await call('GET', `/search/messages?q=${encodeURIComponent(q)}${more}`)).body;
  const found = async (q: string) => (await search(q)).rows.map((row: { text: string }) => row.text);
  expect(await found('schlussel')).toEqual(['Der Schlüssel liegt bereit']);
  expect(await found('ПОСЫЛ')).toEqual(['Ещё одна посылка']);
  expect(await found('配達')).toEqual(['明日の配達は何時ですか']);
  expect(await found('berg')).toEqual(['mail to anna.berg@x.test']);
  expect(await found('parcel please')).toEqual(['Your parcel, please']);
  expect(await found('arcel')).toEqual([]);
  expect(await found("' & ! :* (")).toEqual([]);
  const first = await search('parcel', '&limit=1');
  expect(first.rows).toMatchObject([{ contactName: 'anna@x.test', parts: [{ text: 'A ' }, { text: 'PARCEL', isFound: true }, { text: ' again' }] }]);
  expect((await search('parcel', `&limit=1&cursor=${first.next}`)).rows).toMatchObject([{ text: 'Your parcel, please' }]);

  await inOwn((trx) => sql`update messages set body = 'taken back' where body = 'A PARCEL again'`.execute(trx));
  await indexWords(server.database.db);
  expect(await found('parcel')).toEqual(['Your parcel, please']);
  const stranger = await registerPerson(server);
  expect((await server.call('GET', '/api/search/messages?q=parcel', { token: stranger.token })).body.rows).toEqual([]);
});
