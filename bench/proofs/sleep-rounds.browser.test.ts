import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { signUp } from '#bin/demo/http-client.ts';
import { until } from '#bin/demo/until.ts';
import { findBrowsersOf } from '#browser-profiles/process-table.ts';
import { profileRoot, userDataOf } from '#browser-profiles/profile-folder.ts';
import { listFolders } from '#browser-profiles/remove-folder.ts';
import { createTestDatabase } from '#e2e/test-database.ts';
import { startWhatsAppLab } from '#lab/whatsapp/site.ts';
import { readServerConfig } from '#server/config.ts';
import { startServer } from '#server/serve.ts';
import { readWorkerConfig } from '#workers/config.ts';
import { startWorker, type Worker } from '#workers/worker.ts';
import { control, lostLogins, pairSleepers, playRound, type Sleeper, type Stage } from './sleep-rounds.ts';

const person = { email: 'sleep@patchbay.test', password: 'many-on-few-slots', name: 'Sleep', workspace: 'Sleep', zone: 'UTC' };
const log = pino({ level: 'silent' });
const signal = AbortSignal.timeout(280_000);
const profiles = 4;
const slots = 2;
let stage: Stage;
let sleepers: Sleeper[];
let env: Record<string, string>;
let worker: Worker;
let base: Awaited<ReturnType<typeof createTestDatabase>>;
const folders: string[] = [];
const ends: (() => Promise<unknown>)[] = [];

vi.setConfig({ testTimeout: 240_000, hookTimeout: 60_000 });
beforeAll(async () => {
  base = await createTestDatabase();
  ends.push(() => base[Symbol.asyncDispose]());
  const lab = await startWhatsAppLab({ settings: { syncMs: 100, ratchetWindow: 20 } });
  ends.push(() => lab.close());
  env = {
    DATABASE_URL: base.url,
    PATCHBAY_KEY: 'a key that only tests use, nowhere else',
    BROWSER_PATH: inject('browserPath') ?? '',
    PORT: '0',
    WORKER_SLOTS: String(slots),
    WAKE_MINUTES: '0',
    PACKS_DIR: await packsThatNoticeSilence(),
  };
  const server = await startServer(readServerConfig(env), log);
  ends.push(() => server.close());
  worker = await startOne();
  ends.push(() => worker.stop());
  stage = { client: await signUp(server.url, person), lab, signal };
});
afterAll(async () => {
  for (const end of ends.reverse()) await end();
  for (const folder of folders) await rm(folder, { recursive: true, force: true, maxRetries: 3 });
});

/** The pack for WhatsApp Web, for a messenger that answers within seconds. */
async function packsThatNoticeSilence(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'patchbay-packs-'));
  folders.push(dir);
  await cp(join(import.meta.dirname, '../../scripts/whatsapp-web'), join(dir, 'whatsapp-web'), { recursive: true });
  const path = join(dir, 'whatsapp-web/pack.yaml');
  await writeFile(path, (await readFile(path, 'utf8')).replace(/^answersWithinSeconds: \d+$/m, 'answersWithinSeconds: 5'));
  return dir;
}

/** A worker on a machine of its own: nothing of an earlier one lies in its data directory. */
async function startOne(): Promise<Worker> {
  const dataDir = await mkdtemp(join(tmpdir(), 'patchbay-sleep-'));
  folders.push(dataDir);
  const config = readWorkerConfig({ ...env, DATA_DIR: dataDir });
  return startWorker({ ...config, sleep: { ...config.sleep, sealMs: 300 } }, log);
}

const here = () => folders.at(-1) ?? '';

test('four profiles on two slots all do what is due, with their logins, and those that sleep leave nothing on the disk', async () => {
  sleepers = await pairSleepers(stage, profiles);
  expect(await playRound(stage, { sleepers, round: 1, seconds: 100 })).toEqual([]);
  expect(lostLogins(stage)).toEqual([]);
  // Whoever sleeps is closed, and then its folder is gone.
  await until('Two folders', async () => (await listFolders(here())).length <= slots, { seconds: 20, signal });
  const { rows } = await sql<{ count: number; least: number }>`
    select count(*)::int as count, min(bytes)::int as least from (select account_id, max(bytes) as bytes from snapshots where made_at is not null group by 1) s`.execute(
    base.db,
  );
  expect(rows).toEqual([{ count: 0, least: null }]); // Row security: without a workspace nobody sees a session.
  const asleep = [];
  for (const { id } of sleepers) {
    const profile = await stage.client.readProfile({ params: { id } });
    if (profile.state === 'stopped') asleep.push(profile);
  }
  expect(asleep.length).toBeGreaterThanOrEqual(profiles - slots);
});

test('another machine goes on with every login after the first one is gone', async () => {
  await worker.stop();
  expect(await listFolders(here())).toEqual([]);
  worker = await startOne();
  expect(await playRound(stage, { sleepers: sleepers.slice(0, slots), round: 2, seconds: 100 })).toEqual([]);
  expect(lostLogins(stage)).toEqual([]);
  const [first] = sleepers;
  if (!first) throw new Error('unreachable');
  await stage.client.stopProfile({ params: { id: first.id } });
  const root = profileRoot(here(), first.id);
  await until('The end of its folder', async () => !existsSync(root) && (await findBrowsersOf({ userData: userDataOf(root) })).length === 0, {
    seconds: 20,
    signal,
  });
});

test('ready is proven again and again: a frozen script and a frozen line take it away, and give it back when they thaw', async () => {
  const [script, line, ...others] = sleepers;
  if (!script || !line) throw new Error('unreachable');
  const { client, lab } = stage;
  // Each of the two has a slot to itself: what the first machine had open wants to be opened by the second one, which may come to it late.
  for (const { id } of others) await client.stopProfile({ params: { id } });
  const shows = (one: Sleeper, state: string) =>
    until(`${state} of ${one.number}`, async () => (await client.readProfile({ params: { id: one.id } })).state === state, { seconds: 120, signal });
  for (const one of [script, line]) await client.startProfile({ params: { id: one.id } });
  await Promise.all([shows(script, 'ready'), shows(line, 'ready')]);
  await control(lab, 'freeze-page', { number: script.number, ms: 20_000 });
  await control(lab, 'faults', { number: line.number, faults: { isFrozen: true } });
  await Promise.all([shows(script, 'loading'), shows(line, 'loading')]);
  await control(lab, 'faults', { number: line.number, faults: { isFrozen: false } });
  await Promise.all([shows(script, 'ready'), shows(line, 'ready')]);
});
