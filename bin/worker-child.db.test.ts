import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#e2e/test-database.ts';
import { readStartConfig } from './start-config.ts';
import { WorkerChild } from './worker-child.ts';

let database: TestDatabase;
let dataDir: string;
beforeEach(async () => {
  database = await createTestDatabase();
  dataDir = await mkdtemp(join(tmpdir(), 'patchbay-worker-'));
});
afterEach(async () => {
  await database[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true, force: true });
});

const { PATH, HOME } = readStartConfig().env;
const settings = () => ({
  DATABASE_URL: database.url,
  DATA_DIR: dataDir,
  PATCHBAY_KEY: 'a key that only tests use, nowhere else',
  LOG_LEVEL: 'silent',
});
const hosts = async () => (await database.db.selectFrom('hosts').select('id').execute()).map(({ id }) => id);
const soon = <T>(look: () => T) => expect.poll(look, { timeout: 25_000, interval: 50 });

test('a worker gets its settings after it was launched, and so does the one that follows it when it is killed', async () => {
  const said: string[] = [];
  await using worker = new WorkerChild({ PATH, HOME }, (line) => said.push(line));
  const first = worker.pid ?? 0;
  await worker.start(settings());
  const [before] = await hosts();
  expect(before).toBeDefined();
  process.kill(first, 'SIGKILL');
  await soon(async () => (await hosts()).filter((id) => id !== before).length).toBe(1);
  expect(worker.pid).not.toBe(first);
  expect(said).toEqual(['The worker ended (SIGKILL) and is started again.']);
});

test('a worker that ends before it was given its settings fails the start, and so does one that cannot use them', async () => {
  const missing = fileURLToPath(new URL('./until-stopped.ts', import.meta.url));
  await using idle = new WorkerChild({ PATH, HOME }, () => undefined, { program: missing });
  await expect(idle.start(settings())).rejects.toThrow('the worker ended before it was ready');
  await using wrong = new WorkerChild({ PATH, HOME }, () => undefined);
  await expect(wrong.start({ ...settings(), WORKER_SLOTS: 'many' })).rejects.toThrow('the worker ended before it was ready');
});

test('a worker that still waits for its settings is stopped at once', async () => {
  const worker = new WorkerChild({ PATH, HOME }, () => undefined);
  await worker.stop();
  await worker.stop();
  expect(await hosts()).toEqual([]);
});
