import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startEmbeddedPostgres } from '#sql/embedded.ts';
import { migrate } from '#sql/migrate.ts';

// A Postgres, its layout and a whole worker start in each.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let folder: string;
let worker: ChildProcess | undefined;
let postgres: Awaited<ReturnType<typeof startEmbeddedPostgres>>;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-ending-'));
  postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres'), durability: 'test', onLost: () => undefined });
  await migrate(postgres.adminUrl);
});
afterEach(async () => {
  if (worker && worker.exitCode === null) worker.kill('SIGKILL');
  if (isRunning(postgresPid())) process.kill(postgresPid(), 'SIGCONT');
  await postgres.stop().catch(() => undefined);
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const postgresPid = (): number => postgres.pid ?? Number.NaN;

async function startWorkerProcess(): Promise<ChildProcess> {
  const env = { DATABASE_URL: postgres.adminUrl, DATA_DIR: folder, PATCHBAY_KEY: 'a key that only tests use, nowhere else', LOG_LEVEL: 'silent' };
  worker = fork(fileURLToPath(new URL('./main.ts', import.meta.url)), [], { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  await once(worker, 'message');
  return worker;
}

/** What begins the end and what has become of Postgres are two things that do not know of each other: each stands here once. */
test('the loss of its parent ends a worker whose Postgres was killed', async () => {
  const child = await startWorkerProcess();
  process.kill(postgresPid(), 'SIGKILL');
  await expect.poll(() => isRunning(postgresPid())).toBe(false);
  const ended = once(child, 'exit', { signal: AbortSignal.timeout(30_000) });
  child.disconnect();
  expect(await ended).toEqual([0, null]);
});

test('SIGTERM ends a worker whose Postgres takes connections and answers nothing', async () => {
  const child = await startWorkerProcess();
  process.kill(postgresPid(), 'SIGSTOP');
  const ended = once(child, 'exit', { signal: AbortSignal.timeout(30_000) });
  child.kill('SIGTERM');
  // 1 where the limit of the whole was needed.
  const [code, signal] = await ended;
  expect([0, 1]).toContain(code);
  expect(signal).toBeNull();
});
