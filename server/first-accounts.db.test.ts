import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Client, createClient } from '#core/api/client.ts';
import { createTestDatabase } from '#e2e/test-database.ts';
import { type Catcher, startCatcher } from '#lab/mail/catcher.ts';
import { readServerConfig } from './config.ts';
import { startServer } from './serve.ts';

let catcher: Catcher;
beforeAll(async () => {
  catcher = await startCatcher();
});
afterAll(() => catcher[Symbol.asyncDispose]());

test('the profiles that SESSION_IDS names are there when the first person has registered, stopped and once each', async () => {
  await using product = await startWith({ SESSION_IDS: ' marketing-promo, support-alerts ,,marketing-promo' });
  const first = await product.register('ann');
  const { rows } = await first.listProfiles({});
  expect(rows.map(({ name, channel, wanted, state, proxyId }) => ({ name, channel, wanted, state, proxyId }))).toEqual(
    ['marketing-promo', 'support-alerts'].map((name) => ({ name, channel: 'whatsapp-web', wanted: 'stopped', state: 'stopped', proxyId: null })),
  );
  const audit = await first.listAudit({ query: {} });
  expect(audit.rows.filter(({ action }) => action === 'addProfile').map(({ person }) => person)).toEqual(['ann', 'ann']);
});

test('the second workspace begins empty', async () => {
  await using product = await startWith({ SESSION_IDS: 'one', USE_MAILCATCHER: 'true' });
  await product.register('ann');
  const second = await product.register('bob');
  expect((await second.listAccounts({})).rows).toEqual([]);
});

test('of two that register at the same moment one finds the profiles', async () => {
  await using product = await startWith({ SESSION_IDS: 'one' });
  const clients = await Promise.all([product.register('ann'), product.register('bob')]);
  const found = await Promise.all(clients.map((client) => client.listProfiles({})));
  expect(found.map(({ rows }) => rows.length).toSorted()).toEqual([0, 1]);
});

test('an installation that has a workspace gets no profiles by a setting that came later', async () => {
  await using before = await startWith({});
  const owner = await before.register('ann');
  await using later = await before.again({ SESSION_IDS: 'one', USE_MAILCATCHER: 'true' });
  await later.register('bob');
  expect((await owner.listAccounts({})).rows).toEqual([]);
});

test('with USE_MAILCATCHER the first workspace has a mail account whose mail the catcher takes', async () => {
  await using product = await startWith({ USE_MAILCATCHER: 'true', MAILCATCHER_URL: `smtp://127.0.0.1:${catcher.smtpPort}` });
  const client = await product.register('ann');
  const { rows } = await client.listMailAccounts({});
  expect(rows).toMatchObject([{ name: 'Mail catcher', useCatcher: true, host: '127.0.0.1', port: catcher.smtpPort, security: 'none' }]);
  await client.sendTestMail({ body: { to: 'anna@example.test', subject: 'Caught' } });
  expect((await catcher.messages()).map(({ subject }) => subject)).toEqual(['Caught']);
});

type Env = Record<string, string>;
type Started = AsyncDisposable & { register: (name: string) => Promise<Client>; again: (env: Env) => Promise<Started> };

async function startWith(env: Env): Promise<Started> {
  await using parts = new AsyncDisposableStack();
  const database = parts.use(await createTestDatabase());
  const start = async (more: Env): Promise<Started> => {
    const own = { DATABASE_URL: database.url, PORT: '0', PATCHBAY_KEY: 'a key that only tests use, nowhere else' };
    const server = await startServer(readServerConfig({ ...own, ...more }), pino({ level: 'silent' }));
    return { register: (name) => register(server.url, name), again: start, [Symbol.asyncDispose]: () => server.close() };
  };
  const started = parts.use(await start(env));
  const owned = parts.move();
  return { ...started, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function register(url: string, name: string): Promise<Client> {
  const person = { email: `${name}@example.test`, username: name, password: 'twelve letters' };
  const { accessToken } = await createClient(url, ({ url: where, ...init }) => fetch(where, init)).register({ body: person });
  return createClient(url, ({ url: where, headers, ...init }) =>
    fetch(where, { ...init, headers: { ...headers, authorization: `Bearer ${accessToken}` } }),
  );
}
