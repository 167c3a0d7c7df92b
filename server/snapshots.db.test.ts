import { randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inWorkspace } from '#sql/database.ts';
import { acquireLease, releaseLease } from '#sql/leases.ts';
import { readSnapshot, writeSnapshot } from '#sql/snapshots.ts';
import { openFile } from './sealed-file.ts';
import { registerPerson, startTestServer, type TestServer } from './testing/start-test-server.ts';

const passphrase = 'correct horse battery';
const session = Buffer.from('what a login lives in');
let server: TestServer;
let owner: Awaited<ReturnType<typeof registerPerson>>;
let profileId: string;

beforeAll(async () => {
  server = await startTestServer();
  owner = await registerPerson(server);
  const body = { name: 'Shop', channel: 'converse', locale: 'de-DE', zone: 'Europe/Berlin', tags: ['vip'], notes: 'SIM in the drawer' };
  profileId = (await server.call('POST', '/api/profiles', { token: owner.token, body })).body.id;
});
afterAll(() => server[Symbol.asyncDispose]());

/** Files are bytes, which the test server's own client does not keep. */
async function fileFrom(path: string): Promise<Buffer> {
  const reply = await fetch(`${server.url}/api${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${owner.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ passphrase }),
  });
  expect(reply.status).toBe(200);
  return Buffer.from(await reply.arrayBuffer());
}
function importForm(file: Buffer, fields: Record<string, string>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new Blob([new Uint8Array(file)]), 'shop.patchbay');
  return form;
}
async function keep(): Promise<void> {
  const place = { workspaceId: owner.workspaceId, accountId: profileId };
  const hostId = randomUUID();
  const lease = await acquireLease(server.database.db, { ...place, hostId });
  const writer = { ...place, hostId, fence: lease?.fence ?? 0 };
  async function* chunks(): AsyncGenerator<Buffer> {
    yield session;
  }
  await writeSnapshot(server.database.db, writer, { chunks: chunks(), plainBytes: session.length, sealer: server.sealer, stays: false });
  await releaseLease(server.database.db, writer);
}

test('a profile travels as a file: settings and login come out as they went in, under the passphrase only', async () => {
  const call = (body: unknown) => server.call('POST', '/api/profiles/import', { token: owner.token, body });
  const early = await server.call('POST', `/api/profiles/${profileId}/export`, { token: owner.token, body: { passphrase } });
  expect(early).toMatchObject({ status: 409, body: { error: { code: 'wrong_state' } } });
  await keep();
  const kept = await server.call('GET', `/api/profiles/${profileId}`, { token: owner.token });
  expect(kept.body).toMatchObject({ kept: { bytes: expect.any(Number), at: expect.any(String) }, keptWhy: null, isAsleep: false, usage: null });
  const file = await fileFrom(`/profiles/${profileId}/export`);
  expect(file.includes(session)).toBe(false);
  const wrong = await call(importForm(file, { passphrase: 'another passphrase', proxyId: 'null', name: 'Copy' }));
  expect(wrong).toMatchObject({ status: 422, body: { error: { code: 'wrong_code' } } });
  const cut = await call(importForm(file.subarray(0, -40), { passphrase, proxyId: 'null', name: 'Copy' }));
  expect(cut).toMatchObject({ status: 500, body: { error: { code: 'broken' } } });
  // A try that failed leaves no profile behind, so its name is free.
  const made = await call(importForm(file, { passphrase, proxyId: 'null', name: 'Copy' }));
  expect(made).toMatchObject({ status: 201, body: { name: 'Copy', locale: 'de-DE', zone: 'Europe/Berlin', state: 'stopped', goesOut: 'direct' } });
  expect(made.body).toMatchObject({ tags: ['vip'], notes: 'SIM in the drawer' });
  const place = { workspaceId: owner.workspaceId, accountId: made.body.id };
  expect((await buffer(readSnapshot(server.database.db, place, { generation: 1, sealer: server.sealer }))).equals(session)).toBe(true);
});

test('the storage state is a file for admins only, and every export and import stands in the audit', async () => {
  const file = await fileFrom(`/profiles/${profileId}/storage-state`);
  expect(JSON.parse((await buffer(openFile(file, passphrase))).toString('utf8'))).toEqual({ cookies: [], origins: [] });
  const person = { email: 'op@example.test', username: 'op', role: 'operator', password: 'twelve letters' };
  await server.call('POST', '/api/people', { token: owner.token, body: person });
  const operator = await server.call('POST', '/api/auth/login', { body: { email: person.email, password: person.password } });
  for (const what of ['export', 'storage-state']) {
    const refused = await server.call('POST', `/api/profiles/${profileId}/${what}`, { token: operator.body.accessToken, body: { passphrase } });
    expect(refused.status).toBe(403);
  }
  const actions = await inWorkspace(server.database.db, owner.workspaceId, (trx) => trx.selectFrom('audit').select(['action', 'detail']).execute());
  expect(actions.map((row) => row.action)).toEqual(expect.arrayContaining(['exportProfile', 'importProfile', 'exportStorageState']));
  expect(JSON.stringify(actions)).not.toContain(passphrase);
});
