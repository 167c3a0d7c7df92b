import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { readSheet } from 'read-excel-file/node';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { countFigures } from '#sql/analytics.ts';
import { inWorkspace, type Trx } from '#sql/database.ts';
import { recordEvents } from '#sql/events.ts';
import { ingest } from '#sql/ingest.ts';
import { readableLog } from '#sql/testing/readable-log.ts';
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
  await call('PATCH', '/workspace', { zone: 'Europe/Berlin' });
});

const call = (method: string, path: string, body?: unknown) => server.call(method, `/api${path}`, { token: owner.token, body });
const inOwn = <T>(work: (trx: Trx) => Promise<T>) => inWorkspace(server.database.db, owner.workspaceId, work);
const count = async () => {
  await readableLog(server.database.db, owner.workspaceId);
  return countFigures(server.database.db);
};

type Said = { with: string; at: string; out?: 'sent' | 'delivered' | 'read'; id?: string };
/** As a platform tells it. */
const say = (...said: Said[]) =>
  inOwn(async (trx) => {
    const messages = said.map(({ with: who, at, out, id = randomUUID() }) => ({
      conversation: who,
      peer: { kind: 'jid' as const, value: who, name: '' },
      platformId: id,
      direction: out ? ('out' as const) : ('in' as const),
      kind: 'text' as const,
      text: 'words',
      status: out ?? null,
      at: new Date(at),
    }));
    return ingest(trx, { workspaceId: owner.workspaceId, accountId, messages, now: new Date() });
  });
const days = async (query = '') => {
  const { body } = await call('GET', `/analytics/daily?from=2031-03-01&to=2031-03-03${query}`);
  return body;
};
const shortOf = ({ rows }: { rows: Record<string, unknown>[] }) =>
  rows.map((row) => `${row.day}: ${row.incoming} in ${row.outgoing} out ${row.delivered} there ${row.read} read ${row.conversations} talks`);

test('a day is one of the workspace’s zone, and holds what was said, with whom, how soon it was answered, and when', async () => {
  await say(
    { with: 'anna', at: '2031-03-01T22:30:00Z' },
    { with: 'anna', at: '2031-03-01T23:30:00Z' },
    { with: 'anna', at: '2031-03-01T23:31:00Z' },
    { with: 'anna', at: '2031-03-01T23:40:00Z', out: 'sent' },
    { with: 'bob', at: '2031-03-02T09:00:00Z' },
  );
  await count();
  const found = await days();
  expect(found.zone).toBe('Europe/Berlin');
  expect(shortOf(found)).toEqual([
    '2031-03-01: 1 in 0 out 0 there 0 read 1 talks',
    '2031-03-02: 3 in 1 out 0 there 0 read 2 talks',
    '2031-03-03: 0 in 0 out 0 there 0 read 0 talks',
  ]);
  // From each first message of a row of them: 70 and 10 minutes.
  expect(found.rows.map((row: { answerSeconds: number | null }) => row.answerSeconds)).toEqual([4200, 600, null]);
  expect(found.total).toMatchObject({ incoming: 4, answerSeconds: 2400 });
  expect(found.hours).toEqual([
    { weekday: 6, hour: 23, incoming: 1, outgoing: 0 },
    { weekday: 7, hour: 0, incoming: 2, outgoing: 1 },
    { weekday: 7, hour: 10, incoming: 1, outgoing: 0 },
  ]);
  const { body: channels } = await call('GET', '/analytics/platform?from=2031-03-01&to=2031-03-03');
  expect(channels).toMatchObject({ rows: [{ channel: 'converse', incoming: 4 }], accounts: [{ accountId, name: 'Ann', outgoing: 1 }] });
});

test('what comes late corrects the day it belongs to, and another zone makes other days', async () => {
  await say(
    { with: 'anna', at: '2031-03-01T23:30:00Z', out: 'sent', id: 'one' },
    { with: 'anna', at: '2031-03-01T23:50:00Z', out: 'sent', id: 'two' },
  );
  await count();
  await say({ with: 'anna', at: '2031-03-01T23:30:00Z', out: 'read', id: 'one' });
  await count();
  expect(shortOf(await days())[1]).toBe('2031-03-02: 0 in 2 out 1 there 1 read 1 talks');
  expect(await count()).toBe(0);
  await call('PATCH', '/workspace', { zone: 'America/New_York' });
  await count();
  expect(shortOf(await days())[0]).toBe('2031-03-01: 0 in 2 out 1 there 1 read 1 talks');
});

test('what reached nobody counts with its reason, of a campaign by itself, and for nobody else', async () => {
  const campaignId = randomUUID();
  const ids = Array.from({ length: 4 }, () => randomUUID());
  await inOwn(async (trx) => {
    await sql`insert into campaigns (id, workspace_id, name) values (${campaignId}, ${owner.workspaceId}, 'Spring')`.execute(trx);
    for (const [nth, [state, reason, campaign]] of (
      [
        ['failed', 'no_such_recipient', campaignId],
        ['skipped', 'denied', campaignId],
        ['uncertain', 'unknown', campaignId],
        ['failed', 'no_such_recipient', null],
      ] as const
    ).entries())
      await sql`insert into deliveries (id, workspace_id, campaign_id, account_id, address_kind, address, body, state, reason, ended_at)
        values (${ids[nth]}, ${owner.workspaceId}, ${campaign}, ${accountId}, 'jid', ${`p${nth}@x.test`}, 'Hi', ${state}, ${reason}, '2031-03-02T12:00:00Z')`.execute(
        trx,
      );
    await recordEvents(
      trx,
      owner.workspaceId,
      ids.map((deliveryId) => ({ kind: 'delivery_changed', deliveryId, campaignId: null, accountId, conversationId: null })),
    );
  });
  await count();
  expect((await days()).total).toMatchObject({ failed: 2, skipped: 1, uncertain: 1, outgoing: 0 });
  expect((await days()).reasons[0]).toEqual({ reason: 'no_such_recipient', deliveries: 2 });
  const spring = await days(`&campaignId=${campaignId}`);
  expect(spring.total).toMatchObject({ failed: 1, skipped: 1, uncertain: 1 });
  expect(spring.reasons.map((row: { reason: string }) => row.reason).toSorted()).toEqual(['denied', 'no_such_recipient', 'unknown']);
  expect((await days('&channel=email')).total).toMatchObject({ failed: 0 });
  const stranger = await registerPerson(server);
  const seen = await server.call('GET', '/api/analytics/daily?from=2031-03-01&to=2031-03-03', { token: stranger.token });
  expect(seen.body.total).toMatchObject({ failed: 0 });
});

test('a workbook holds every table that the page shows, names in any script as they are', async () => {
  const name = '=1+1 Анна مرحبا 王芳 🎉';
  await call('PATCH', `/profiles/${accountId}`, { name });
  await say({ with: 'anna', at: '2031-03-02T09:00:00Z' }, { with: 'anna', at: '2031-03-02T09:05:00Z', out: 'read' });
  await count();
  const reply = await fetch(`${server.url}/api/analytics/export?from=2031-03-01&to=2031-03-02&format=xlsx`, {
    headers: { authorization: `Bearer ${owner.token}` },
  });
  expect(reply.headers.get('content-disposition')).toContain('days 2031-03-01 to 2031-03-02.xlsx');
  const book = Buffer.from(await reply.arrayBuffer());
  const sheet = (of: string) => readSheet(book, of);
  expect((await sheet('days')).slice(1)).toEqual([
    ['2031-03-01', 0, 0, 0, 0, 0, 0, 0, 0, null, null],
    ['2031-03-02', 1, 1, 1, 1, 0, 0, 0, 1, null, 300],
  ]);
  expect((await sheet('accounts'))[1]?.slice(0, 4)).toEqual([name, 'converse', 1, 1]);
  expect((await sheet('hours')).slice(1)).toEqual([[7, 10, 1, 1]]);
  expect(await sheet('reasons')).toEqual([['reason', 'deliveries']]);
});

test('today, and a file of exactly the days that were asked for', async () => {
  await say({ with: 'anna', at: new Date().toISOString() });
  await count();
  const { body } = await call('GET', '/analytics/stats');
  expect(body).toMatchObject({ today: { incoming: 1 }, yesterday: { incoming: 0 } });
  expect(body.week).toHaveLength(7);
  const reply = await fetch(`${server.url}/api/analytics/export?from=2031-03-01&to=2031-03-02`, {
    headers: { authorization: `Bearer ${owner.token}` },
  });
  expect(reply.headers.get('content-disposition')).toContain('days 2031-03-01 to 2031-03-02.csv');
  const empty = '0,0,0,0,0,0,0,0,,';
  expect(await reply.text()).toBe(
    `day,incoming,outgoing,delivered,read,failed,uncertain,skipped,conversations,deliverySeconds,answerSeconds\r\n2031-03-01,${empty}\r\n2031-03-02,${empty}\r\n`,
  );
  for (const query of ['from=2031-03-02&to=2031-03-01', 'from=2031-03-01&to=2033-03-01', 'from=yesterday&to=2031-03-01'])
    expect((await call('GET', `/analytics/daily?${query}`)).status).toBe(400);
});
