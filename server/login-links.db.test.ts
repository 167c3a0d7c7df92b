import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Failure } from '#core/failure.ts';
import type { ProfileState } from '#core/profile.ts';
import { inWorkspace } from '#sql/database.ts';
import { registerPerson, startTestServer, type TestServer } from './testing/start-test-server.ts';

let server: TestServer;
let owner: Awaited<ReturnType<typeof registerPerson>>;
let profileId: string;
/** What the worker's page shows, and of which profile it was asked. */
let shown: { state: ProfileState; qr: string | null; linkCode: string | null };
const looked: string[] = [];
const unreachable = async () => Promise.reject(new Failure('no_host'));

beforeAll(async () => {
  server = await startTestServer({
    remote: {
      login: async (place) => {
        looked.push(place.profileId);
        return { ...shown, why: 'Something of the inside', qrAt: null, identity: '+49 170 1234567' };
      },
      ...{ me: unreachable, unread: unreachable, dialogs: unreachable, checkNumber: unreachable, screenshot: unreachable },
    },
  });
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(async () => {
  shown = { state: 'needs_qr', qr: 'a code to scan', linkCode: null };
  looked.length = 0;
  owner = await registerPerson(server);
  const added = await server.call('POST', '/api/profiles', { token: owner.token, body: { name: 'Ann', channel: 'converse' } });
  profileId = added.body.id;
});

const ofOwner = (method: string, body?: object) => server.call(method, `/api/profiles/${profileId}/login-links`, { token: owner.token, body });
const newLink = async (body: object = {}): Promise<string> => (await ofOwner('POST', body)).body.address.split('#')[1];
const open = (link: string) => server.call('POST', '/api/login-links/open', { body: { link } });
const look = (pass: string) => server.call('POST', '/api/login-links/read', { body: { pass } });
const actions = async () => {
  const rows = inWorkspace(server.database.db, owner.workspaceId, (trx) =>
    trx
      .selectFrom('audit')
      .select(['action', 'person_id'])
      .where('subject_id', '=', profileId)
      .where('action', 'like', '%Link%')
      .orderBy('id')
      .execute(),
  );
  return (await rows).map((row) => [row.action, row.person_id]);
};

test('a link opens once and shows the code of its one profile and nothing else, until the phone is linked', async () => {
  const link = await newLink();
  const { status, body } = await open(link);
  expect(status).toBe(200);
  expect(Date.parse(body.expiresAt) - Date.now()).toBeLessThanOrEqual(15 * 60_000);
  expect((await open(link)).status).toBe(404);
  expect((await look(body.pass)).body).toEqual({ is: 'qr', qr: 'a code to scan', qrAt: null });
  shown = { state: 'needs_code', qr: null, linkCode: 'ABCD-1234' };
  expect((await look(body.pass)).body).toEqual({ is: 'link_code', code: 'ABCD-1234' });
  shown = { state: 'syncing', qr: null, linkCode: null };
  expect((await look(body.pass)).body).toEqual({ is: 'done' });
  // Whoever logs out and shows a new code does not show it to yesterday's guest.
  shown = { state: 'needs_qr', qr: 'the next code', linkCode: null };
  expect((await look(body.pass)).status).toBe(404);
  expect(new Set(looked)).toEqual(new Set([profileId]));
  expect(await actions()).toEqual([
    ['addLoginLink', owner.personId],
    ['openLoginLink', null],
    ['endLoginLink', null],
  ]);
});

test('a link is no way in: neither it nor its pass opens anything else', async () => {
  const link = await newLink();
  const { pass } = (await open(link)).body;
  for (const token of [link, pass]) {
    expect((await server.call('GET', `/api/profiles/${profileId}`, { token })).status).toBe(401);
    expect((await server.call('GET', `/api/profiles/${profileId}/login`, { token })).status).toBe(401);
  }
  expect((await look(link)).status).toBe(404);
  expect((await open(pass)).status).toBe(404);
  const kept = JSON.stringify([server.logged, (await ofOwner('GET')).body]);
  for (const secret of [link, pass]) expect(kept).not.toContain(secret);
  const rows = await inWorkspace(server.database.db, owner.workspaceId, (trx) => trx.selectFrom('login_links').selectAll().execute());
  for (const secret of [link, pass]) expect(rows.flatMap((row) => [row.token_hash, row.pass_hash]).map(String)).not.toContain(secret);
});

test('withdrawn or run out, also while it is open, it shows nothing any more', async () => {
  const [first, second] = [await newLink(), await newLink({ minutes: 60 })];
  const { pass } = (await open(first)).body;
  expect((await ofOwner('GET')).body.rows).toHaveLength(2);
  expect((await ofOwner('DELETE')).status).toBe(204);
  expect((await look(pass)).status).toBe(404);
  expect((await open(second)).status).toBe(404);
  expect((await ofOwner('GET')).body.rows).toEqual([]);
  const late = await newLink({ minutes: 1 });
  const opened = (await open(await newLink({ minutes: 1 }))).body;
  await inWorkspace(server.database.db, owner.workspaceId, (trx) =>
    trx
      .updateTable('login_links')
      .set({ expires_at: new Date(Date.now() - 1) })
      .execute(),
  );
  expect((await open(late)).status).toBe(404);
  expect((await look(opened.pass)).status).toBe(404);
});
