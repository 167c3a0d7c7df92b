import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startEmbeddedPostgres } from '#sql/embedded.ts';
import { migrate } from '#sql/migrate.ts';
import { ownKey } from './own-key.ts';
import { readStartConfig } from './start-config.ts';
import { untilToldToStop } from './until-stopped.ts';
import { workerFlags } from './worker-child.ts';

/** `npm run dev`: server and worker start again when a file of theirs changes; the dashboard changes in place. */
const config = readStartConfig();
const root = fileURLToPath(new URL('..', import.meta.url));
const say = (line: string) => console.log(line);

await using parts = new AsyncDisposableStack();
const databaseUrl = config.databaseUrl ?? (await builtIn());
await migrate(databaseUrl);
const env = { ...config.env, DATABASE_URL: databaseUrl, PATCHBAY_KEY: config.key ?? (await ownKey(config.dataDir, say)) };
parts.defer(ender(watched('server/main.ts', [])));
parts.defer(ender(watched('workers/main.ts', workerFlags)));
const { createServer } = await import('vite');
const vite = await createServer({ configFile: join(root, 'ui/vite.config.ts') });
await vite.listen();
parts.defer(() => vite.close());
say(`The dashboard is at ${vite.resolvedUrls?.local[0] ?? 'its port'} and follows your changes.`);
await untilToldToStop(new Promise<never>(() => undefined));

async function builtIn(): Promise<string> {
  const postgres = await startEmbeddedPostgres({ dataDir: join(config.dataDir, 'postgres') });
  parts.use(postgres);
  return postgres.adminUrl;
}

function watched(program: string, flags: readonly string[]): ChildProcess {
  return spawn(process.execPath, [...flags, '--watch', '--watch-preserve-output', join(root, program)], { env, stdio: 'inherit' });
}

function ender(child: ChildProcess): () => Promise<void> {
  return async () => {
    if (child.exitCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    await ended;
  };
}
