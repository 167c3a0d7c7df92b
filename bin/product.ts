import { join } from 'node:path';
import { Failure } from '#core/failure.ts';
import { readServerConfig } from '#server/config.ts';
import { startEmbeddedPostgres } from '#sql/embedded.ts';
import { isUpToDate } from '#sql/up-to-date.ts';
import { ownKey } from './own-key.ts';
import { provideBrowser } from './provide-browser.ts';
import { provideUi } from './provide-ui.ts';
import type { StartConfig } from './start-config.ts';
import { WorkerChild, type WorkerOptions } from './worker-child.ts';

export type Product = AsyncDisposable & { url: string; databaseUrl: string; workerPid: () => number | undefined; lost: Promise<never> };

/**
 * The whole product in one process group: Postgres (built in, unless DATABASE_URL names one), migrations, the dashboard's files, the server
 * here and one worker beside it. What does not need another part starts beside it. Disposing stops them in order: worker, server, Postgres.
 */
export async function startProduct(config: StartConfig, say: (line: string) => void, options: WorkerOptions = {}): Promise<Product> {
  await using parts = new AsyncDisposableStack();
  if (config.databaseUrl && !config.key)
    throw new Failure('key_missing', 'PATCHBAY_KEY is missing. Give 32 characters or more, for example from openssl rand -base64 32.');
  let lose: (error: unknown) => void = () => undefined;
  const lost = new Promise<never>((_, reject) => {
    lose = reject;
  });
  lost.catch(() => undefined);
  const [below, serving] = [parts.use(new AsyncDisposableStack()), parts.use(new AsyncDisposableStack())];
  // A process of its own: it loads its modules while the database and everything else is being opened here.
  const worker = parts.use(new WorkerChild(config.env, say, options));
  const search = config.browserPath ? { browserPath: config.browserPath } : {};
  const [databaseUrl, key, browser] = await together([
    openPostgres(config, below, lose),
    config.key ?? ownKey(config.dataDir, say),
    provideBrowser(search, say, AbortSignal.timeout(600_000)),
    provideUi(say),
  ]);
  const env = { ...config.env, DATABASE_URL: databaseUrl, PATCHBAY_KEY: key, BROWSER_PATH: browser.path };
  const serverConfig = readServerConfig(env);
  if (!(await isUpToDate(databaseUrl))) await (await import('#sql/migrate.ts')).migrate(databaseUrl);
  const [server] = await together([openServer(serverConfig, serving), worker.start(env)]);
  const owned = parts.move();
  return { url: server.url, databaseUrl, workerPid: () => worker.pid, lost, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function openPostgres(config: StartConfig, parts: AsyncDisposableStack, onLost: (error: unknown) => void): Promise<string> {
  if (config.databaseUrl) return config.databaseUrl;
  const postgres = await startEmbeddedPostgres({ dataDir: join(config.dataDir, 'postgres'), onLost });
  parts.use(postgres);
  return postgres.adminUrl;
}

async function openServer(config: ReturnType<typeof readServerConfig>, parts: AsyncDisposableStack) {
  const [{ startServer }, { pino }] = await Promise.all([import('#server/serve.ts'), import('pino')]);
  const server = await startServer(config, pino({ name: 'server', level: config.logLevel }));
  parts.defer(() => server.close());
  return server;
}

/** Like Promise.all, but leaves nobody behind: it throws the first failure when all have settled, so that what did start can be stopped. */
async function together<T extends readonly unknown[]>(works: readonly [...T]): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const outcomes = await Promise.allSettled(works);
  const failed = outcomes.find((outcome): outcome is PromiseRejectedResult => outcome.status === 'rejected');
  if (failed) throw failed.reason;
  return Promise.all(works);
}
