import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inWorkspace, type Trx } from '#sql/database.ts';
import { ingest } from '#sql/ingest.ts';
import { openLine } from './testing/socket-line.ts';
import { registerPerson, startTestServer, type TestServer } from './testing/start-test-server.ts';

let server: TestServer;
let owner: Awaited<ReturnType<typeof registerPerson>>;
let conversationId: string;
let ben: { id: string; token: string };
beforeAll(async () => {
  server = await startTestServer({});
  owner = await registerPerson(server);
  const accountId = (await call('POST', '/profiles', { name: 'Ann', channel: 'converse' })).body.id;
  const peer = { kind: 'jid' as const, value: 'anna@x.test', name: '' };
  const one = {
    conversation: peer.value,
    peer,
    platformId: 'm1',
    direction: 'in' as const,
    kind: 'text' as const,
    text: 'Hi',
    at: new Date(),
    status: null,
  };
  const taken = await inOwn((trx) => ingest(trx, { workspaceId: owner.workspaceId, accountId, messages: [one], now: new Date() }));
  conversationId = taken[0]?.conversationId ?? '';
  const password = 'twelve letters';
  const { body } = await call('POST', '/people', { email: 'ben@example.test', username: 'ben', name: 'Ben', role: 'operator', password });
  ben = { id: body.id, token: (await call('POST', '/auth/login', { email: 'ben@example.test', password })).body.accessToken };
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

const call = (method: string, path: string, body?: unknown, token = owner.token) => server.call(method, `/api${path}`, { token, body });
const inOwn = <T>(work: (trx: Trx) => Promise<T>) => inWorkspace(server.database.db, owner.workspaceId, work);
const others = async () => (await call('GET', `/conversations/${conversationId}/attending`)).body.rows;
async function attending(token: string, isWriting = false) {
  const line = await openLine(server.url);
  line.say({ type: 'authenticate', token });
  await line.hears('ready');
  line.say({ type: 'attend', conversationId, isWriting });
  return line;
}
const soon = (look: () => Promise<unknown>) => expect.poll(look, { timeout: 10_000 });

test('who has a conversation open is seen by colleagues, once for all of their pages, until the last of them is closed', async () => {
  const own = await attending(owner.token);
  const [one, two] = [await attending(ben.token), await attending(ben.token, true)];
  await own.hears('event', ({ event }) => event.kind === 'attendance_changed' && event.conversationId === conversationId);
  await soon(others).toEqual([{ id: ben.id, name: 'Ben', isWriting: true, until: expect.any(String) }]);
  two.say({ type: 'attend', conversationId: null });
  await soon(others).toMatchObject([{ isWriting: false }]);
  one.close();
  await soon(others).toEqual([]);
  for (const line of [own, two]) line.close();
});

test('who falls silent is forgotten by the time, and nobody of another workspace is ever there', async () => {
  const stranger = await registerPerson(server);
  const lines = [await attending(stranger.token), await attending(ben.token)];
  await soon(others).toMatchObject([{ name: 'Ben' }]);
  expect((await call('GET', `/conversations/${conversationId}/attending`, undefined, stranger.token)).status).toBe(404);
  await inOwn((trx) => sql`update attendances set expires_at = now() - interval '1 second'`.execute(trx));
  expect(await others()).toEqual([]);
  for (const line of lines) line.close();
});
