import { join } from 'node:path';
import { pino } from 'pino';
import { Failure } from '#core/failure.ts';
import { readServerConfig } from '#server/config.ts';
import { startServer } from '#server/serve.ts';
import { startEmbeddedPostgres } from '#sql/embedded.ts';
import { migrate } from '#sql/migrate.ts';
import { ownKey } from './own-key.ts';
import { provideBrowser } from './provide-browser.ts';
import { provideUi } from './provide-ui.ts';
import type { StartConfig } from './start-config.ts';
import { WorkerChild } from './worker-child.ts';

export type Product = AsyncDisposable & { url: string; databaseUrl: string; workerPid: () => number | undefined; lost: Promise<never> };

/**
 * The whole product in one process group: Postgres (built in, unless DATABASE_URL names one), migrations, the dashboard's files, the server
 * here and one worker beside it. Disposing stops them in the opposite order.
 */
export async function startProduct(config: StartConfig, say: (line: string) => void, workerProgram?: string): Promise<Product> {
  await using parts = new AsyncDisposableStack();
  if (config.databaseUrl && !config.key)
    throw new Failure('key_missing', 'PATCHBAY_KEY is missing. Give 32 characters or more, for example from openssl rand -base64 32.');
  let lose: (error: unknown) => void = () => undefined;
  const lost = new Promise<never>((_, reject) => {
    lose = reject;
  });
  lost.catch(() => undefined);
  const [databaseUrl, key] = await Promise.all([openPostgres(config, parts, lose), config.key ?? ownKey(config.dataDir, say), provideUi(say)]);
  await migrate(databaseUrl);
  const search = config.browserPath ? { browserPath: config.browserPath } : {};
  const browser = await provideBrowser(search, quietUnlessInstalled(say), AbortSignal.timeout(600_000));
  const env = { ...config.env, DATABASE_URL: databaseUrl, PATCHBAY_KEY: key, BROWSER_PATH: browser.path };
  const serverConfig = readServerConfig(env);
  const server = await startServer(serverConfig, pino({ name: 'server', level: serverConfig.logLevel }));
  parts.defer(() => server.close());
  const worker = new WorkerChild(env, say, workerProgram);
  parts.use(worker);
  await worker.start();
  const owned = parts.move();
  return { url: server.url, databaseUrl, workerPid: () => worker.pid, lost, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function openPostgres(config: StartConfig, parts: AsyncDisposableStack, onLost: (error: unknown) => void): Promise<string> {
  if (config.databaseUrl) return config.databaseUrl;
  const postgres = await startEmbeddedPostgres({ dataDir: join(config.dataDir, 'postgres'), onLost });
  parts.use(postgres);
  return postgres.adminUrl;
}

/** A browser that was found is worth no line at every start; one that has to be installed is. */
function quietUnlessInstalled(say: (line: string) => void): (line: string) => void {
  return (line) => {
    if (!line.startsWith('Browser:')) say(line);
  };
}
