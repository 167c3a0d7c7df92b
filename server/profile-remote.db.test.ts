import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#e2e/test-database.ts';
import { inWorkspace } from '#sql/database.ts';
import { acquireLease, tellHostIsAlive } from '#sql/leases.ts';
import { registerWorkspace } from '#sql/people.ts';
import { addProfile } from '#sql/profiles.ts';
import { createSealer } from '#sql/sealed.ts';
import { createProfileRemote } from './profile-remote.ts';
import type { ProfilePlace, ProfileRemote } from './profiles.ts';

const sealer = createSealer('a key that only tests use, nowhere else');
const workers: Server[] = [];
let database: TestDatabase;
let remote: ProfileRemote;
let place: ProfilePlace;
const signal = new AbortController().signal;

beforeAll(async () => {
  database = await createTestDatabase();
  remote = createProfileRemote({ db: database.db, sealer, screenshot: async () => Buffer.of() });
  const person = { workspace: 'W', zone: 'UTC', email: 'a@example.test', username: 'ann', name: '', passwordHash: 'x' };
  const { workspaceId } = await registerWorkspace(database.db, person);
  const fields = {
    name: 'Ann',
    channel: 'converse',
    addressedBy: 'jid',
    proxyId: null,
    baseUrl: 'http://127.0.0.1/',
    locale: 'en-US',
    zone: 'UTC',
  } as const;
  const profileId = await inWorkspace(database.db, workspaceId, (trx) =>
    addProfile(trx, workspaceId, { ...fields, stealth: false, pace: {}, ceilings: {} }),
  );
  place = { workspaceId, profileId };
});
afterEach(async () => {
  for (const worker of workers.splice(0)) worker.closeAllConnections();
  await database.db.deleteFrom('hosts').execute();
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
});

type Heard = { url: string | undefined; secret: string | undefined; body: unknown };

/** A host that is alive, and what it was asked. */
async function startWorker(secret: string, answer: { status: number; body: unknown }): Promise<{ hostId: string; heard: Heard[]; server: Server }> {
  const heard: Heard[] = [];
  const server = createServer(async (request, response) => {
    heard.push({ url: request.url, secret: request.headers.authorization, body: await json(request) });
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
  }).listen(0, '127.0.0.1');
  workers.push(server);
  await once(server, 'listening');
  const hostId = randomUUID();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // A TCP server has an AddressInfo.
  await tellHostIsAlive(database.db, { id: hostId, url, sealedSecret: sealer.seal(secret), slots: 1 });
  return { hostId, heard, server };
}

test('without a living worker there is nobody to ask', async () => {
  await expect(remote.me(place, signal)).rejects.toMatchObject({ code: 'no_host' });
});

test('a number is checked by the worker, and its word is taken as it is', async () => {
  const { hostId, heard } = await startWorker('secret', { status: 200, body: { phone: '+4915550000101', exists: null } });
  await acquireLease(database.db, { workspaceId: place.workspaceId, accountId: place.profileId, hostId });
  expect(await remote.checkNumber(place, '+4915550000101', signal)).toEqual({ phone: '+4915550000101', exists: null });
  expect(heard).toMatchObject([{ url: `/profiles/${place.profileId}/check-number`, body: { ask: { phone: '+4915550000101' } } }]);
});

test('the worker that holds the profile is asked, with its own secret', async () => {
  const me = { identity: 'ann@example.test', state: 'ready' };
  const holder = await startWorker('secret of the holder', { status: 200, body: me });
  const other = await startWorker('secret of another', { status: 200, body: me });
  await acquireLease(database.db, { workspaceId: place.workspaceId, accountId: place.profileId, hostId: holder.hostId });
  expect(await remote.me(place, signal)).toEqual(me);
  expect(other.heard).toEqual([]);
  expect(holder.heard).toEqual([
    { url: `/profiles/${place.profileId}/me`, secret: 'Bearer secret of the holder', body: { workspaceId: place.workspaceId } },
  ]);
});

test('what a worker refuses arrives as the failure that it named', async () => {
  const worker = await startWorker('s', { status: 422, body: { error: { code: 'wrong_code', message: 'The messenger did not accept the code.' } } });
  const asked = remote.login(place, { by: 'code', code: '12345' }, signal);
  await expect(asked).rejects.toMatchObject({ code: 'wrong_code', message: 'The messenger did not accept the code.' });
  expect(worker.heard[0]?.body).toEqual({ workspaceId: place.workspaceId, ask: { by: 'code', code: '12345' } });
});

test('a worker that has just gone counts as none, and one that answers nonsense as broken', async () => {
  const { server } = await startWorker('s', { status: 500, body: 'nonsense' });
  await expect(remote.unread(place, signal)).rejects.toMatchObject({ code: 'broken' });
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
  await expect(remote.unread(place, signal)).rejects.toMatchObject({ code: 'no_host' });
});
