import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Failure } from '#core/failure.ts';
import { inWorkspace } from '#sql/database.ts';
import { setProfileState } from '#sql/profile-access.ts';
import type { ProfileRemote } from './profiles.ts';
import { registerPerson, startTestServer, type TestServer } from './testing/start-test-server.ts';

let server: TestServer;
let owner: Awaited<ReturnType<typeof registerPerson>>;
const nobody = async () => Promise.reject(new Failure('no_host'));
beforeAll(async () => {
  const checkNumber: ProfileRemote['checkNumber'] = async (_place, phone) => ({ phone, exists: true });
  server = await startTestServer({ remote: { login: nobody, me: nobody, unread: nobody, dialogs: nobody, screenshot: nobody, checkNumber } });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});
beforeEach(async () => {
  owner = await registerPerson(server);
});

const call = (method: string, path: string, body?: unknown) => server.call(method, `/api${path}`, { token: owner.token, body });
const addProfile = async (fields: object = {}) => (await call('POST', '/profiles', { name: 'Ann', channel: 'converse', ...fields })).body;
const run = (query: ReturnType<typeof sql>) => inWorkspace(server.database.db, owner.workspaceId, (trx) => query.execute(trx));

test('a new profile takes its address from the pack and goes out as it was said', async () => {
  expect(await addProfile()).toMatchObject({
    baseUrl: 'http://127.0.0.1:1/',
    goesOut: 'direct',
    wanted: 'stopped',
    state: 'stopped',
    usedToday: 0,
    limitToday: 25,
    warmUp: { day: 1, share: 5 / 30, setBack: null },
  });
  const { body: proxy } = await call('POST', '/proxies', { name: 'P', kind: 'http', host: 'proxy.example', port: 3128 });
  expect(await addProfile({ name: 'Bea', proxyId: proxy.id, zone: 'Europe/Berlin' })).toMatchObject({
    goesOut: 'proxy',
    proxyName: 'P',
    zone: 'Europe/Berlin',
  });
});

test('an unknown messenger and another workspace’s proxy are refused', async () => {
  expect((await call('POST', '/profiles', { name: 'X', channel: 'icq' })).body.error).toMatchObject({
    code: 'invalid_input',
    fields: { channel: 'is not one of converse' },
  });
  const stranger = await registerPerson(server);
  const { body: proxy } = await server.call('POST', '/api/proxies', { token: stranger.token, body: { name: 'P', kind: 'http', host: 'h', port: 1 } });
  expect((await call('POST', '/profiles', { name: 'X', channel: 'converse', proxyId: proxy.id })).body.error.code).toBe('proxy_missing');
  expect((await call('GET', '/profiles')).body.rows).toEqual([]);
});

test('what the browser was opened with changes only while it is stopped; the rest at any time', async () => {
  const profile = await addProfile();
  expect((await call('POST', `/profiles/${profile.id}/start`)).body.wanted).toBe('running');
  const refused = await call('PATCH', `/profiles/${profile.id}`, { zone: 'Europe/Rome', name: 'Other' });
  expect(refused.body.error).toMatchObject({ code: 'wrong_state', fields: { zone: expect.any(String) } });
  const renamed = await call('PATCH', `/profiles/${profile.id}`, { name: 'Other', zone: 'UTC', ceilings: { perDay: 20 }, pace: { keyMs: 90 } });
  expect(renamed.body).toMatchObject({ name: 'Other', limitToday: 4, pace: { keyMs: 90 } });
  const [noted] = (await call('GET', '/audit')).body.rows;
  expect(noted).toMatchObject({ action: 'changeProfile', subjectId: profile.id, detail: { ceilings: { perDay: 20 } } });
  await call('POST', `/profiles/${profile.id}/stop`);
  expect((await call('PATCH', `/profiles/${profile.id}`, { zone: 'Europe/Rome' })).body.zone).toBe('Europe/Rome');
});

test('start and stop leave a job in the queue', async () => {
  const profile = await addProfile();
  await call('POST', `/profiles/${profile.id}/start`);
  await call('POST', `/profiles/${profile.id}/stop`);
  const { rows } = await sql<{ data: { act: string } }>`select data from pgboss.job where name = 'profile_act' order by created_on`.execute(
    server.database.db,
  );
  const own = rows.filter((row) => JSON.stringify(row.data).includes(profile.id));
  expect(own.map((row) => row.data.act).sort()).toEqual(['start', 'stop']);
});

test('profiles that need a person come first', async () => {
  for (const [name, state] of [
    ['a ready', 'ready'],
    ['b qr', 'needs_qr'],
    ['c restricted', 'restricted'],
    ['d stopped', 'stopped'],
  ]) {
    const profile = await addProfile({ name });
    await run(sql`update profiles set state = ${state} where account_id = ${profile.id}`);
  }
  const { body } = await call('GET', '/profiles');
  expect(body.rows.map((row: { name: string }) => row.name)).toEqual(['b qr', 'c restricted', 'a ready', 'd stopped']);
});

test('a profile counts what waits, what went out in 24 hours, what is unread and undecided', async () => {
  const profile = await addProfile();
  const place = sql`${owner.workspaceId}, ${profile.id}, 'jid'`;
  await run(sql`insert into contacts (id, workspace_id) values ('00000000-0000-4000-8000-000000000001', ${owner.workspaceId})`);
  await run(
    sql`insert into conversations (workspace_id, account_id, contact_id, peer, unread) values (${owner.workspaceId}, ${profile.id}, '00000000-0000-4000-8000-000000000001', 'p', 3)`,
  );
  await run(sql`insert into deliveries (workspace_id, account_id, address_kind, address, body, state, committing_at, due_at) values
    (${place}, 'a@x', 't', 'planned', null, '2031-01-02T03:04:05Z'), (${place}, 'b@x', 't', 'planned', null, '2031-01-03T00:00:00Z'),
    (${place}, 'c@x', 't', 'sent', now() - interval '1 hour', now()), (${place}, 'd@x', 't', 'sent', now() - interval '25 hours', now()),
    (${place}, 'e@x', 't', 'uncertain', now() - interval '2 hours', now())`);
  await run(sql`with k as (insert into use_keys (workspace_id, kind, key, last, first_at, last_at)
    values (${owner.workspaceId}, 'account', ${profile.id}, 3, now() - interval '9 days', now()) returning id)
    insert into uses (workspace_id, key_id, number, at, delivery_id) select ${owner.workspaceId}, k.id, n, now() - at, gen_random_uuid()
      from k, (values (1, interval '25 hours'), (2, interval '2 hours'), (3, interval '1 hour')) u (n, at)`);
  const { body } = await call('GET', `/profiles/${profile.id}`);
  expect(body).toMatchObject({ queued: 2, nextAt: '2031-01-02T03:04:05.000Z', usedToday: 2, limitToday: 150, warmUp: null, unread: 3, uncertain: 1 });
  const accounts = await call('GET', '/accounts');
  expect(accounts.body.rows).toMatchObject([{ id: profile.id, kind: 'web', state: 'stopped', queued: 2, usedToday: 2 }]);
});

test('a warming profile that the messenger restricts goes one step back, once a day, and says why', async () => {
  const profile = await addProfile();
  await run(sql`insert into use_keys (workspace_id, kind, key, last, first_at, last_at)
    values (${owner.workspaceId}, 'account', ${profile.id}, 3, now() - interval '3 days 1 hour', now())`);
  const show = (state: 'ready' | 'restricted') =>
    inWorkspace(server.database.db, owner.workspaceId, (trx) =>
      setProfileState(trx, { workspaceId: owner.workspaceId, accountId: profile.id, state, why: null }),
    );
  const warmUp = async () => (await call('GET', `/profiles/${profile.id}`)).body.warmUp;
  expect(await warmUp()).toEqual({ day: 4, share: 16 / 30, setBack: null });
  await show('restricted');
  expect(await warmUp()).toEqual({ day: 3, share: 12 / 30, setBack: { at: expect.any(String), why: 'restricted' } });
  await show('ready');
  await show('restricted');
  expect((await warmUp()).day).toBe(3);
});

test('a profile is removed when it is stopped and nothing waits on it; the log of what it sent stays', async () => {
  const profile = await addProfile();
  await call('POST', `/profiles/${profile.id}/start`);
  expect((await call('DELETE', `/profiles/${profile.id}`)).body.error.code).toBe('wrong_state');
  await call('POST', `/profiles/${profile.id}/stop`);
  await run(sql`insert into deliveries (workspace_id, account_id, address_kind, address, body, state) values
    (${owner.workspaceId}, ${profile.id}, 'jid', 'a@x', 't', 'planned'), (${owner.workspaceId}, ${profile.id}, 'jid', 'b@x', 't', 'sent')`);
  expect((await call('DELETE', `/profiles/${profile.id}`)).body.error).toMatchObject({
    code: 'in_use',
    message: expect.stringContaining('One message'),
  });
  await run(sql`update deliveries set state = 'cancelled' where state = 'planned'`);
  expect((await call('DELETE', `/profiles/${profile.id}`)).status).toBe(204);
  expect((await call('GET', `/profiles/${profile.id}`)).status).toBe(404);
  const { rows } = await run(sql`select 1 from deliveries where account_id is null`);
  expect(rows).toHaveLength(2);
});

test('without a worker a login says so instead of waiting', async () => {
  const profile = await addProfile();
  expect(await call('POST', `/profiles/${profile.id}/login/qr`)).toMatchObject({ status: 503, body: { error: { code: 'no_host' } } });
});

test('a paused account says why, and goes on when resumed', async () => {
  const profile = await addProfile();
  expect((await call('POST', `/accounts/${profile.id}/pause`)).body).toMatchObject({
    pausedAt: expect.any(String),
    pauseReason: 'paused by a person',
  });
  expect((await call('POST', `/accounts/${profile.id}/resume`)).body).toMatchObject({ pausedAt: null, pauseReason: null });
});

test('a mail account keeps its password, and takes an open line to this machine only', async () => {
  const fields = {
    name: 'Mail',
    host: 'smtp.example',
    port: 465,
    security: 'tls',
    username: 'ann',
    password: 'mail-password-7',
    fromAddress: 'ann@example.test',
  };
  const { body: account } = await call('POST', '/mail-accounts', fields);
  expect(account).toMatchObject({ hasPassword: true, pool: 5, security: 'tls' });
  expect((await call('PATCH', `/mail-accounts/${account.id}`, { fromName: 'Ann' })).body).toMatchObject({
    fromName: 'Ann',
    hasPassword: true,
    pool: 5,
  });
  expect((await call('PATCH', `/mail-accounts/${account.id}`, { security: 'none' })).body.error.fields).toHaveProperty('security');
  expect((await call('PATCH', `/mail-accounts/${account.id}`, { security: 'none', host: '127.0.0.1' })).status).toBe(200);
  expect((await call('GET', '/accounts')).body.rows).toMatchObject([{ name: 'Mail', kind: 'email', state: null, limitToday: 24_000 }]);
  expect((await call('DELETE', `/mail-accounts/${account.id}`)).status).toBe(204);
});

test('numbers are looked up as often as the ceiling of the account says in any 24 hours, and not once more', async () => {
  const { id } = await addProfile({ ceilings: { numberChecksPerDay: 2 } });
  const { id: other } = await addProfile({ name: 'Bea' });
  const check = (profileId = id) => call('POST', `/profiles/${profileId}/check-number`, { phone: '+491701234567' });
  expect([(await check()).status, (await check()).status]).toEqual([200, 200]);
  const refused = await check();
  expect(refused).toMatchObject({ status: 429, body: { error: { code: 'too_many_requests', message: expect.stringContaining('2 numbers') } } });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(86_000);
  expect((await check(other)).status).toBe(200);
  await run(sql`update uses set at = at - interval '24 hours' where number = 1`);
  expect([(await check()).status, (await check()).status]).toEqual([200, 429]);
});
