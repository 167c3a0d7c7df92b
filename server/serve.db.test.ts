import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#e2e/test-database.ts';
import { readServerConfig, type ServerConfig } from './config.ts';
import { startServer } from './serve.ts';
import { openLine } from './testing/socket-line.ts';

const log = pino({ level: 'silent' });
let database: TestDatabase;
let config: ServerConfig;
beforeAll(async () => {
  database = await createTestDatabase();
  config = readServerConfig({ PORT: '0', DATABASE_URL: database.url, PATCHBAY_KEY: 'a key that only tests use, nowhere else' });
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
});

test('a whole server answers every endpoint, and says goodbye to its sockets when it stops', async () => {
  const server = await startServer(config, log);
  const health = await fetch(`${server.url}/api/health`);
  expect(health.status).toBe(200);
  const registered = await fetch(`${server.url}/api/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'ann@example.test', password: 'twelve letters' }),
  });
  const { accessToken } = await registered.json();
  const packs = await fetch(`${server.url}/api/packs`, { headers: { authorization: `Bearer ${accessToken}` } });
  expect((await packs.json()).rows.map((pack: { name: string }) => pack.name)).toContain('converse');
  const line = await openLine(server.url);
  line.say({ type: 'authenticate', token: accessToken });
  await line.hears('ready');
  await server.close();
  expect((await line.closed).code).toBe(1001);
  await expect(fetch(`${server.url}/api/health`)).rejects.toThrow();
});

test('a change in one server is told by another', async () => {
  await using one = await start();
  await using two = await start();
  const post = (path: string, body: object, token = '') =>
    fetch(`${one.url}/api${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    });
  const { accessToken } = await (await post('/auth/register', { email: 'bob@example.test', password: 'twelve letters' })).json();
  const line = await openLine(two.url);
  line.say({ type: 'authenticate', token: accessToken });
  await line.hears('ready');
  const list = await (await post('/lists', { name: 'Customers' }, accessToken)).json();
  expect((await line.hears('event')).event).toEqual({ kind: 'list_changed', listId: list.id });
  line.close();
});

test('a port that is taken is named, and nothing stays behind', async () => {
  await using other = await start();
  const port = Number(new URL(other.url).port);
  await expect(startServer({ ...config, port }, log)).rejects.toThrow(`Port ${port} is taken. Set PORT to another one, or to 0 for any free one.`);
});

async function start() {
  const server = await startServer(config, log);
  return { url: server.url, [Symbol.asyncDispose]: () => server.close() };
}
