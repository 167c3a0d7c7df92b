import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ProfileState } from '#core/profile.ts';
import { inWorkspace } from '#sql/database.ts';
import { setProfileState } from '#sql/profile-access.ts';
import { forgetProfileNotes } from '#sql/profile-log.ts';
import { addTraffic } from '#sql/traffic.ts';
import { registerPerson, startTestServer, type TestServer } from './testing/start-test-server.ts';

let server: TestServer;
let owner: Awaited<ReturnType<typeof registerPerson>>;
let profileId: string;
beforeAll(async () => {
  server = await startTestServer();
  owner = await registerPerson(server);
  profileId = (await call('POST', '/profiles', { name: 'Ann', channel: 'converse' })).body.id;
});
afterAll(() => server[Symbol.asyncDispose]());

const call = (method: string, path: string, body?: object, token = owner.token) => server.call(method, `/api${path}`, { token, body });
const show = (state: ProfileState, why: string | null = null) =>
  inWorkspace(server.database.db, owner.workspaceId, (trx) =>
    setProfileState(trx, { workspaceId: owner.workspaceId, accountId: profileId, state, why }),
  );
type Line = { state: string | null; act: string | null; person: string | null; why: string | null };
const told = ({ state, act, why }: Line) => [state ?? act, why].filter(Boolean).join(': ');

test('the log tells states and acts in one order, page by page; acts only to those who may read the audit', async () => {
  await call('POST', `/profiles/${profileId}/start`);
  await show('launching');
  await show('needs_qr');
  await show('needs_qr');
  await show('failed', 'browser_crashed');
  await call('POST', `/profiles/${profileId}/stop`);
  const all = ['stopProfile', 'failed: browser_crashed', 'needs_qr', 'launching', 'startProfile', 'addProfile'];
  const first = await call('GET', `/profiles/${profileId}/log?limit=4`);
  const second = await call('GET', `/profiles/${profileId}/log?limit=4&cursor=${first.body.next}`);
  expect([...first.body.rows, ...second.body.rows].map(told)).toEqual(all);
  expect(second.body.next).toBeNull();
  expect(first.body.rows[0].person).toEqual(expect.any(String));

  const username = `op${randomUUID().slice(0, 8)}`;
  await call('POST', '/people', { email: `${username}@example.test`, username, role: 'operator', password: 'twelve letters' });
  const { body } = await server.call('POST', '/api/auth/login', { body: { email: username, password: 'twelve letters' } });
  const seen = await call('GET', `/profiles/${profileId}/log`, undefined, body.accessToken);
  expect(seen.body.rows.map(told)).toEqual(['failed: browser_crashed', 'needs_qr', 'launching']);

  await forgetProfileNotes(server.database.db, new Date(Date.now() + 91 * 86_400_000));
  expect((await call('GET', `/profiles/${profileId}/log`)).body.rows.filter((row: Line) => row.state)).toEqual([]);
});

test('a profile has notes, and says when it was opened the last time', async () => {
  const before = Date.now();
  await show('launching');
  await show('ready');
  const { body } = await call('PATCH', `/profiles/${profileId}`, { notes: '  SIM in the drawer  ' });
  expect(body).toMatchObject({ notes: 'SIM in the drawer', launchedAt: expect.any(String) });
  expect(Math.abs(Date.parse(body.launchedAt) - before)).toBeLessThan(60_000);
  expect((await call('PATCH', `/profiles/${profileId}`, { notes: 'x'.repeat(2001) })).status).toBe(400);
});

test('what passes the hop of a profile adds up by day; of a profile that is gone nothing is kept', async () => {
  const { workspaceId } = owner;
  const passed = { workspaceId, accountId: profileId, sentBytes: 5_000_000_000, receivedBytes: 1 };
  const gone = { ...passed, accountId: randomUUID() };
  await addTraffic(server.database.db, [passed, gone]);
  await addTraffic(server.database.db, [{ ...passed, receivedBytes: 41 }]);
  const { body } = await call('GET', `/profiles/${profileId}/traffic`);
  expect(body).toEqual({ isCounted: false, rows: [{ day: expect.any(String), sentBytes: 10_000_000_000, receivedBytes: 42 }] });
});

test('a queue tells what is undecided, under way and planned in the order of its lane, each with its reason, and nothing that has ended', async () => {
  const rows = [
    ['later', 'planned', 1, '2031-01-01T00:00:00Z'],
    ['reply', 'planned', 0, '2026-01-02T00:00:00Z'],
    ['first', 'planned', 1, '2026-01-01T00:00:00Z'],
    ['going', 'committing', 1, '2026-01-01T00:00:00Z'],
    ['nobody knows', 'uncertain', 1, '2026-01-01T00:00:00Z'],
    ['gone', 'sent', 1, '2026-01-01T00:00:00Z'],
  ];
  await inWorkspace(server.database.db, owner.workspaceId, (trx) =>
    sql`insert into deliveries (workspace_id, account_id, address_kind, address, name, body, state, priority, due_at)
      select ${owner.workspaceId}, ${profileId}, 'jid', one ->> 0, one ->> 0, 'Hi', one ->> 1, (one ->> 2)::int, (one ->> 3)::timestamptz
        from jsonb_array_elements(${JSON.stringify(rows)}::jsonb) one`.execute(trx),
  );
  const first = await call('GET', `/accounts/${profileId}/queue?limit=2`);
  const second = await call('GET', `/accounts/${profileId}/queue?cursor=${first.body.next}`);
  const queue = [...first.body.rows, ...second.body.rows];
  expect(queue.map((row) => row.name)).toEqual(['nobody knows', 'going', 'reply', 'first', 'later']);
  expect(queue.map((row) => row.waitReason)).toEqual([null, 'in_line', 'in_line', 'in_line', 'scheduled']);
  const ended = await call('GET', `/logs?accountId=${profileId}&ended=true`);
  expect(ended.body.rows.map((row: { name: string }) => row.name)).toEqual(['gone']);
});
