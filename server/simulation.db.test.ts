import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inWorkspace } from '#sql/database.ts';
import { registerPerson, startTestServer, type TestServer } from './testing/start-test-server.ts';

let server: TestServer;
let ann: Awaited<ReturnType<typeof registerPerson>>;
beforeAll(async () => {
  server = await startTestServer();
  ann = await registerPerson(server);
});
afterAll(() => server[Symbol.asyncDispose]());

const call = (method: string, path: string, body?: unknown) => server.call(method, `/api${path}`, { token: ann.token, body });
const inside = <T>(work: Parameters<typeof inWorkspace<T>>[2]) => inWorkspace(server.database.db, ann.workspaceId, work);

test('a draft is drawn before it starts, behind what its senders have to send already; left out are those who get nothing', async () => {
  await call('PATCH', '/workspace', { settings: { quietHours: null, ceilings: { web: { perHour: 4, newContactsPerDay: 100, warmUp: false } } } });
  const profile = (await call('POST', '/profiles', { name: 'Ann', channel: 'converse' })).body.id;
  const listId = (await call('POST', '/lists', { name: 'All' })).body.id;
  for (let nth = 1; nth <= 5; nth += 1) await call('POST', `/lists/${listId}/entries`, { jid: `person${nth}@example.test` });
  const templateId = (await call('POST', '/templates', { name: 'Spring', body: 'Hello' })).body.id;
  const id = (await call('POST', '/campaigns', { name: 'Spring', templateId, senderIds: [profile], audience: { listIds: [listId] } })).body.id;
  await inside((trx) =>
    sql`insert into deliveries (workspace_id, account_id, address_kind, address, body) select ${ann.workspaceId}, ${profile}, 'jid', n || '@x', 'Hi' from generate_series(1, 2) n`.execute(
      trx,
    ),
  );
  const stopped = await inside((trx) => sql<{ id: string }>`select contact_id as id from aliases where value = 'person5@example.test'`.execute(trx));
  await call('POST', `/contacts/${stopped.rows[0]?.id}/suppress`, { note: 'asked' });
  const { status, body } = await call('GET', `/campaigns/${id}/simulation`);
  expect(status).toBe(200);
  expect(body).toMatchObject({ going: 4, isCut: false, bar: 'hour', left: [], lanes: [{ accountId: profile, name: 'Ann', count: 4 }] });
  // Two of others and two of its own fill the first hour.
  expect(body.lanes[0].waits).toContainEqual({ reason: 'account_limit', seconds: expect.any(Number) });
  const [half, end] = [body.quarters[1], body.quarters[3]].map((one: { at: string }) => Date.parse(one.at));
  expect((end ?? 0) - (half ?? 0)).toBeGreaterThan(55 * 60_000);
  expect(body.bars.reduce((sum: number, bar: { counts: number[] }) => sum + (bar.counts[0] ?? 0), 0)).toBe(4);
});

test('a draft that nobody sends yet is drawn as nothing', async () => {
  const { id } = (await call('POST', '/campaigns', { name: 'Empty' })).body;
  const { status, body } = await call('GET', `/campaigns/${id}/simulation`);
  expect({ status, body }).toMatchObject({ status: 200, body: { going: 0, lanes: [], left: [] } });
});
