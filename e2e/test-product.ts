import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { type Client, createClient } from '#core/api/client.ts';
import type { Channel } from '#core/channel.ts';
import { createTestDatabase } from '#e2e/test-database.ts';
import { type Catcher, startCatcher } from '#lab/mail/catcher.ts';
import { readServerConfig } from '#server/config.ts';
import { startServer } from '#server/serve.ts';
import { readWorkerConfig } from '#workers/config.ts';
import { startWorker } from '#workers/worker.ts';

export type TestProduct = AsyncDisposable & { url: string; catcher: Catcher; person: { email: string; password: string }; client: Client };

/**
 * A server and a worker as they run in production, on a database of their own, with a mail account to the catcher and no pace between mails.
 * `dress` puts something around the web channel.
 */
export async function startTestProduct({
  dress = (channel) => channel,
  browserPath = '',
  settings = {},
}: {
  dress?: (channel: Channel) => Channel;
  browserPath?: string;
  /** Variables of server and worker. */
  settings?: Record<string, string>;
} = {}): Promise<TestProduct> {
  await using parts = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), 'patchbay-product-'));
  parts.defer(() => rm(dataDir, { recursive: true, force: true, maxRetries: 5 }));
  const database = parts.use(await createTestDatabase());
  const catcher = parts.use(await startCatcher());
  const MAILCATCHER_URL = `smtp://127.0.0.1:${catcher.smtpPort}`;
  const log = pino({ level: 'silent' });
  const env = {
    DATABASE_URL: database.url,
    DATA_DIR: dataDir,
    PORT: '0',
    PATCHBAY_KEY: 'a key that only tests use, nowhere else',
    MAILCATCHER_URL,
    BROWSER_PATH: browserPath,
    ...settings,
  };
  const server = await startServer(readServerConfig(env), log);
  parts.defer(() => server.close());
  const worker = await startWorker(readWorkerConfig(env), log, { channel: (channel, is) => (is === 'web' ? dress(channel) : channel) });
  parts.defer(() => worker.stop());
  const person = { email: 'owner@example.test', password: 'a password of a test' };
  const client = await signedUp(server.url, person);
  await client.changeWorkspace({ body: { settings: { quietHours: null, pace: { mode: 'instant' }, ceilings: { web: { warmUp: false } } } } });
  await client.addMailAccount({
    body: { name: 'Shop mail', host: '127.0.0.1', port: catcher.smtpPort, security: 'none', fromAddress: 'shop@example.test' },
  });
  const owned = parts.move();
  return { url: server.url, catcher, person, client, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function signedUp(url: string, person: { email: string; password: string }): Promise<Client> {
  const { accessToken } = await createClient(url, ({ url: where, ...init }) => fetch(where, init)).register({ body: person });
  return createClient(url, ({ url: where, headers, ...init }) =>
    fetch(where, { ...init, headers: { ...headers, authorization: `Bearer ${accessToken}` } }),
  );
}
