import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inWorkspace } from '#sql/database.ts';
import { pauseIfFailing } from '#sql/failure-share.ts';
import { postpone, sayWhyLaneWaits } from '#sql/lane.ts';
import { readProgress } from '#sql/progress.ts';
import { registerPerson, startTestServer, type TestServer } from './testing/start-test-server.ts';

let server: TestServer;
let ann: Awaited<ReturnType<typeof registerPerson>>;
let accountId: string;
let id: string;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(async () => {
  ann = await registerPerson(server);
  accountId = (await call('POST', '/profiles', { name: 'Ann', channel: 'converse' })).body.id;
  id = (await call('POST', '/campaigns', { name: 'Spring', settings: { errorShareToPause: 0.3 } })).body.id;
  await run(sql`update campaigns set state = 'running', started_at = now() where id = ${id}`);
  await plan(30);
});

const call = (method: string, path: string, body?: unknown) => server.call(method, `/api${path}`, { token: ann.token, body });
const inside = <T>(work: Parameters<typeof inWorkspace<T>>[2]) => inWorkspace(server.database.db, ann.workspaceId, work);
const run = (query: ReturnType<typeof sql>) => inside((trx) => query.execute(trx));
const plan = (people: number) =>
  run(sql`insert into deliveries (workspace_id, campaign_id, account_id, address_kind, address, body, position)
    select ${ann.workspaceId}, ${id}, ${accountId}, 'jid', n || '@x', 'Hi', n from generate_series(1, ${people}) n`);

async function signInOperator() {
  const [name, password] = [`b${randomUUID().slice(0, 8)}`, 'two brown owls'];
  const added = await call('POST', '/people', { email: `${name}@example.test`, username: name, role: 'operator', password });
  const signedIn = await server.call('POST', '/api/auth/login', { body: { email: added.body.email, password } });
  return (method: string, path: string, body?: unknown) => server.call(method, `/api${path}`, { token: signedIn.body.accessToken, body });
}

test('a campaign that paused itself says its numbers, and starts a fresh count when a person resumes it', async () => {
  await run(sql`update deliveries set state = 'failed', ended_at = now() where position <= 25`);
  await inside((trx) => pauseIfFailing(trx, { workspaceId: ann.workspaceId, campaignId: id }));
  const paused = { state: 'paused', stateWhy: 'too_many_failed', failureShare: { failed: 25, of: 25, limit: 0.3 } };
  expect((await call('GET', `/campaigns/${id}`)).body).toMatchObject(paused);
  expect((await call('GET', `/campaigns/${id}/progress`)).body).toMatchObject({ state: 'paused', etaWhy: 'campaign_paused' });
  expect((await call('POST', `/campaigns/${id}/resume`)).body).toMatchObject({ state: 'running', stateWhy: null, failureShare: null });
  expect(await inside((trx) => pauseIfFailing(trx, { workspaceId: ann.workspaceId, campaignId: id }))).toBe(false);
  expect((await call('POST', `/campaigns/${id}/pause`)).body).toMatchObject({ state: 'paused', stateWhy: 'paused_by_person', failureShare: null });
  expect((await call('POST', `/campaigns/${id}/cancel`)).body).toMatchObject({ state: 'cancelled', stateWhy: 'cancelled_by_person' });
});

test('changed rules are asked again at once: what the old ones put off is due, and its lane is rung', async () => {
  const until = new Date(Date.now() + 6 * 3_600_000);
  const rows = await inside(async (trx) => (await sql<{ id: string; position: number }>`select id, position from deliveries`.execute(trx)).rows);
  const idAt = (position: number) => rows.find((row) => row.position === position)?.id ?? '';
  const wait = (reasons: Record<number, string>) =>
    inside((trx) =>
      postpone(
        trx,
        Object.entries(reasons).map(([position, reason]) => ({ id: idAt(Number(position)), reason, until })),
      ),
    );
  const stillWaiting = async () => {
    const found = await inside((trx) =>
      sql<{ position: number }>`select position from deliveries where due_at > now() order by position`.execute(trx),
    );
    return found.rows.map((row) => row.position);
  };
  const isRung = async () => {
    const found = await inside((trx) => sql<{ rung: boolean }>`select bell_at <= now() as rung from accounts where id = ${accountId}`.execute(trx));
    return found.rows[0]?.rung;
  };
  await wait({ 1: 'quiet_hours', 2: 'recipient_limit', 3: 'new_contact_limit', 4: 'site_unreachable' });
  await run(sql`update accounts set bell_at = ${until} where id = ${accountId}`);
  expect((await call('PATCH', '/workspace', { settings: { quietHours: null } })).status).toBe(200);
  expect(await stillWaiting()).toEqual([4]);
  expect(await isRung()).toBe(true);
  await wait({ 1: 'recipient_limit' });
  await run(sql`update accounts set bell_at = ${until} where id = ${accountId}`);
  expect((await call('PATCH', `/profiles/${accountId}`, { ceilings: { perDay: 500 } })).status).toBe(200);
  expect(await stillWaiting()).toEqual([4]);
  expect(await isRung()).toBe(true);
});

test("a campaign cannot name another workspace's template, so it cannot keep it from being removed", async () => {
  const bob = await registerPerson(server);
  const template = (await server.call('POST', '/api/templates', { token: bob.token, body: { name: 'Theirs', body: 'Hi' } })).body.id;
  const draft = (await call('POST', '/campaigns', { name: 'Draft' })).body.id;
  const refused = { status: 400, body: { error: { code: 'invalid_input', fields: { templateId: 'does not exist' } } } };
  expect(await call('POST', '/campaigns', { name: 'Foreign', templateId: template })).toMatchObject(refused);
  expect(await call('PATCH', `/campaigns/${draft}`, { templateId: template })).toMatchObject(refused);
  expect((await server.call('DELETE', `/api/templates/${template}`, { token: bob.token })).status).toBe(204);
});

test('a cursor that no page of an audience gave is refused by name', async () => {
  const draft = (await call('POST', '/campaigns', { name: 'Pages', senderIds: [accountId] })).body.id;
  for (const cursor of ['1.5', '1e99', '-5', 'x']) {
    const refused = { status: 400, body: { error: { fields: { cursor: 'is not a cursor of this list' } } } };
    expect(await call('GET', `/campaigns/${draft}/recipients?cursor=${cursor}`)).toMatchObject(refused);
  }
});

describe('a lane', () => {
  const now = new Date('2031-03-09T20:00:00Z');
  const later = (hours: number) => new Date(now.getTime() + hours * 3_600_000);
  const lane = async (at = now) => (await inside((trx) => readProgress(trx, id, at))).lanes[0];
  const putOff = (reason: string, until: Date) =>
    inside(async (trx) => {
      const planned = await trx.selectFrom('deliveries').select('id').where('state', '=', 'planned').execute();
      await postpone(
        trx,
        planned.map((one) => ({ id: one.id, reason, until })),
      );
    });

  test('whose deliveries all wait for quiet hours says so, and until when', async () => {
    await putOff('quiet_hours', later(11));
    expect(await lane()).toMatchObject({ queued: 30, waitReason: 'quiet_hours', nextAt: later(11) });
    await run(sql`update deliveries set due_at = ${later(9)} where position = 30`);
    expect(await lane()).toMatchObject({ waitReason: 'quiet_hours', nextAt: later(9) });
    expect(await lane(later(12))).toMatchObject({ waitReason: null, nextAt: null });
    const { body } = await call('GET', `/campaigns/${id}/progress`);
    expect(body).toMatchObject({ etaWhy: 'quiet_hours', etaAt: later(9).toISOString() });
    expect(body.lanes).toMatchObject([{ waitReason: 'quiet_hours', nextAt: later(9).toISOString() }]);
  });

  test('that has something due or under way waits for nothing', async () => {
    await putOff('quiet_hours', later(11));
    await run(sql`update deliveries set state = 'claimed' where position = 3`);
    expect(await lane()).toMatchObject({ waitReason: null });
    await run(sql`update deliveries set state = 'planned', due_at = ${later(-1)} where position = 3`);
    expect(await lane()).toMatchObject({ waitReason: null, nextAt: null });
  });

  test('names what ends last of its own wait and that of its next delivery', async () => {
    await inside((trx) => sayWhyLaneWaits(trx, accountId, { reason: 'account_limit', until: later(1) }));
    expect(await lane()).toMatchObject({ waitReason: 'account_limit', nextAt: later(1) });
    await putOff('quiet_hours', later(11));
    expect(await lane()).toMatchObject({ waitReason: 'quiet_hours', nextAt: later(11) });
    await inside((trx) => sayWhyLaneWaits(trx, accountId, { reason: 'account_limit', until: later(20) }));
    expect(await lane()).toMatchObject({ waitReason: 'account_limit', nextAt: later(20) });
  });

  test('of a campaign that starts later, is paused, or has a paused account says that', async () => {
    await run(sql`update deliveries set due_at = ${later(5)}`);
    expect(await lane()).toMatchObject({ waitReason: 'scheduled', nextAt: later(5) });
    await run(sql`update accounts set paused_at = now() where id = ${accountId}`);
    expect(await lane()).toMatchObject({ waitReason: 'account_paused', nextAt: null });
    await run(sql`update campaigns set state = 'paused' where id = ${id}`);
    expect(await lane()).toMatchObject({ waitReason: 'campaign_paused', nextAt: null });
  });
});

test('a draft that names what is not there, or what is another workspace’s, is refused by field and changes nothing', async () => {
  const ids = await strangersIds();
  const draft = (await call('POST', '/campaigns', { name: 'Draft' })).body;
  const wrong: [string, object][] = [ids, { template: randomUUID(), account: randomUUID(), list: randomUUID(), contact: randomUUID() }].flatMap(
    ({ template, account, list, contact }): [string, object][] => [
      ['templateId', { templateId: template }],
      ['senderIds', { senderIds: [accountId, account] }],
      ['audience.listIds', { audience: { listIds: [list] } }],
      ['audience.contactIds', { audience: { contactIds: [contact] } }],
    ],
  );
  for (const [field, body] of wrong) {
    const refused = { status: 400, body: { error: { code: 'invalid_input', fields: { [field]: expect.stringMatching(/not exist/) } } } };
    expect(await call('POST', '/campaigns', { name: 'Wrong', ...body })).toMatchObject(refused);
    expect(await call('PATCH', `/campaigns/${draft.id}`, { name: 'Wrong', ...body })).toMatchObject(refused);
  }
  expect((await call('GET', `/campaigns/${draft.id}`)).body).toEqual(draft);
  expect((await call('GET', '/campaigns')).body.rows.map((row: { name: string }) => row.name)).not.toContain('Wrong');
});

/** One of each that a campaign may name, in a workspace that is not Ann's. */
async function strangersIds() {
  const stranger = await registerPerson(server);
  const add = async (path: string, body: object) => (await server.call('POST', `/api${path}`, { token: stranger.token, body })).body.id as string;
  const list = await add('/lists', { name: 'Theirs' });
  return {
    list,
    contact: await add(`/lists/${list}/entries`, { name: 'Bo', jid: 'bo@example.test' }),
    account: await add('/profiles', { name: 'Theirs', channel: 'converse' }),
    template: await add('/templates', { name: 'Theirs', body: 'Hi' }),
  };
}

test('an operator may stop everything, an admin lets it go on, and only those of the installation say that a restored database sends', async () => {
  const asBen = await signInOperator();
  expect((await asBen('POST', '/sending/stop', { why: 'Wrong text' })).body).toMatchObject({
    stoppedAt: expect.any(String),
    why: 'Wrong text',
    isCopied: false,
  });
  expect((await asBen('POST', '/sending/resume')).status).toBe(403);
  expect((await call('GET', `/campaigns/${id}/progress`)).body.lanes).toMatchObject([{ waitReason: 'workspace_stopped', nextAt: null }]);
  expect((await call('GET', `/campaigns/${id}/simulation`)).body).toMatchObject({ going: 0, left: [{ reason: 'workspace_stopped', count: 30 }] });
  expect((await call('POST', '/sending/resume')).body).toMatchObject({ stoppedAt: null, why: null });
  // Ann's workspace is not the one that was there first.
  await registerPerson(server);
  expect((await call('POST', '/sending/adopt')).status).toBe(409);
});

test('a campaign to more people than one may decide on is started by one and approved by another, for this text and no more people', async () => {
  await call('PATCH', '/workspace', { settings: { approveAbove: 1 } });
  const listId = (await call('POST', '/lists', { name: 'All' })).body.id;
  const addTo = (name: string) => call('POST', `/lists/${listId}/entries`, { jid: `${name}@example.test` });
  await addTo('a');
  const templateId = (await call('POST', '/templates', { name: 'News', body: 'Hello' })).body.id;
  const draft = (await call('POST', '/campaigns', { name: 'News', templateId, senderIds: [accountId], audience: { listIds: [listId] } })).body.id;
  await addTo('b');
  const asBen = await signInOperator();
  const begin = () => call('POST', `/campaigns/${draft}/start`);
  const approve = () => asBen('POST', `/campaigns/${draft}/approve`);
  expect((await begin()).body.error).toMatchObject({ code: 'needs_approval', message: expect.stringContaining('2 people') });
  await call('POST', `/campaigns/${draft}/approve`);
  expect((await begin()).body.error?.code).toBe('needs_approval');
  expect((await approve()).body.approval).toMatchObject({ people: 2, at: expect.any(String) });
  await addTo('c');
  expect((await begin()).body.error?.code).toBe('needs_approval');
  await approve();
  await call('PUT', `/templates/${templateId}`, { body: 'Hello again' });
  expect((await begin()).body.error?.code).toBe('needs_approval');
  await approve();
  expect((await call('PATCH', `/campaigns/${draft}`, { name: 'Newer' })).body.approval).toBeNull();
  expect((await begin()).body.error?.code).toBe('needs_approval');
  await approve();
  expect((await asBen('POST', `/campaigns/${draft}/start`)).body.error?.code).toBe('needs_approval');
  expect((await begin()).body.state).toBe('planning');
});
