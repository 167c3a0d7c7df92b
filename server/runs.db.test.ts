import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inWorkspace } from '#sql/database.ts';
import { forgetRuns } from '#sql/runs.ts';
import { sealTrace } from '#sql/trace.ts';
import { registerPerson, startTestServer, type TestServer } from './testing/start-test-server.ts';

let server: TestServer;
let owner: Awaited<ReturnType<typeof registerPerson>>;
let profileId: string;
beforeAll(async () => {
  server = await startTestServer();
  owner = await registerPerson(server);
  const added = await server.call('POST', '/api/profiles', { token: owner.token, body: { name: 'Ann', channel: 'converse' } });
  profileId = added.body.id;
});
afterAll(() => server[Symbol.asyncDispose]());

const call = (path: string) => server.call('GET', `/api${path}`, { token: owner.token });
type NewRun = { outcome?: string; endedAt?: string; images?: (string | null)[]; deliveryId?: string | null };
/** As a worker writes it: a step for each picture. */
async function addRun({ outcome = 'sent', endedAt = '2026-03-02T10:00:00Z', images = [], deliveryId = null }: NewRun = {}): Promise<string> {
  const steps = images.map((image, index) => {
    const name = `step ${index}`;
    return { name, startedAt: endedAt, ms: 1, ok: true, why: null, tier: null, keyTimes: null, image: image && btoa(image) };
  });
  const { rows } = await run<{ id: string }>(sql`
    insert into runs (workspace_id, account_id, delivery_id, flow, outcome, started_at, ended_at, sealed_trace) values
      (${owner.workspaceId}, ${profileId}, ${deliveryId}, 'send', ${outcome}, ${endedAt}::timestamptz - interval '3 seconds', ${endedAt}, ${sealTrace(server.sealer, steps)})
    returning id`);
  return rows[0]?.id ?? '';
}
const run = <T>(query: ReturnType<typeof sql<T>>) => inWorkspace(server.database.db, owner.workspaceId, (trx) => query.execute(trx));

test('a run says to whom it sent and how long it is kept; its pictures come one by one, and where none was taken there is none', async () => {
  const { rows } = await run<{ id: string }>(sql`insert into deliveries (workspace_id, account_id, name, address_kind, address, body, state)
    values (${owner.workspaceId}, ${profileId}, 'Bob', 'jid', 'bob@x', 'Hi', 'sent') returning id`);
  const id = await addRun({ images: ['guarded', null, 'proven'], deliveryId: rows[0]?.id ?? null });
  const { body } = await call(`/runs/${id}`);
  expect(body).toMatchObject({ accountName: 'Ann', recipient: 'Bob', deliveryId: rows[0]?.id, keptUntil: '2026-03-16T10:00:00.000Z' });
  expect(body.steps.map((step: { hasImage: boolean }) => step.hasImage)).toEqual([true, false, true]);
  expect(JSON.stringify(body)).not.toContain(btoa('guarded'));
  const imageOf = (step: number) =>
    fetch(`${server.url}/api/runs/${id}/steps/${step}/image`, { headers: { authorization: `Bearer ${owner.token}` } });
  const image = await imageOf(2);
  expect([image.headers.get('content-type'), await image.text()]).toEqual(['image/jpeg', 'proven']);
  expect((await imageOf(1)).status).toBe(404);
  expect((await imageOf(3)).status).toBe(404);
});

test('runs come page by page, the newest first', async () => {
  const ids = [await addRun({ endedAt: '2026-04-01T00:00:00Z' }), await addRun({ endedAt: '2026-04-01T00:00:01Z' })];
  const first = await call(`/profiles/${profileId}/runs?limit=1`);
  const second = await call(`/profiles/${profileId}/runs?limit=1&cursor=${first.body.next}`);
  expect([first, second].flatMap(({ body }) => body.rows).map((row: { id: string }) => row.id)).toEqual(ids.toReversed());
});

test('a run is forgotten when its time is over, one that failed later than others', async () => {
  await run(sql`delete from runs`);
  await addRun({ endedAt: '2026-03-02T10:00:00Z' });
  await addRun({ outcome: 'unknown', endedAt: '2026-03-02T10:00:00Z' });
  const young = await addRun({ endedAt: '2026-03-20T10:00:00Z' });
  const left = async () => (await call(`/profiles/${profileId}/runs`)).body.rows.map((row: { outcome: string }) => row.outcome);
  expect(await forgetRuns(server.database.db, new Date('2026-03-16T09:59:59Z'))).toBe(0);
  expect(await forgetRuns(server.database.db, new Date('2026-03-16T10:00:01Z'))).toBe(1);
  expect(await left()).toEqual(['sent', 'unknown']);
  expect((await call(`/profiles/${profileId}/runs?of=troubled`)).body.rows).toMatchObject([{ outcome: 'unknown' }]);
  expect((await call(`/profiles/${profileId}/runs?of=deliveries`)).body.rows).toEqual([]);
  expect((await call(`/runs/${young}`)).status).toBe(200);
  expect(await forgetRuns(server.database.db, new Date('2026-06-01T00:00:00Z'))).toBe(2);
  expect(await left()).toEqual([]);
});
