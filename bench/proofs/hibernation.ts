import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { bareConfig } from '#bin/bare-config.ts';
import { signUp } from '#bin/demo/http-client.ts';
import { ownKey } from '#bin/own-key.ts';
import { type Product, startProduct } from '#bin/product.ts';
import { readSetupConfig } from '#bin/setup-config.ts';
import { findBrowser } from '#browser-profiles/find-browser.ts';
import { unpackFiles } from '#browser-profiles/pack-files.ts';
import { measureTrees } from '#browser-profiles/process-usage.ts';
import { startWhatsAppLab } from '#lab/whatsapp/site.ts';
import { type Db, inWorkspace, openDatabase } from '#sql/database.ts';
import { createSealer } from '#sql/sealed.ts';
import { readSnapshot, restorableSnapshots } from '#sql/snapshots.ts';
import { seededRandom, shuffle } from '#workers/testing/seeded.ts';
import type { ProofOptions } from './options.ts';
import { lostLogins, pairSleepers, playRound, type Sleeper, type Stage } from './sleep-rounds.ts';

const person = { email: 'sleep@patchbay.test', password: 'many-on-few-slots', name: 'Sleep', workspace: 'Sleep', zone: 'UTC' };
const bareBrowsers = fileURLToPath(new URL('./bare-browsers.ts', import.meta.url));
const slots = 4;
/** How often each session is closed, kept and restored. */
const cycles = 3;
/** One more than cycles, since some stay open from one round to the next; then as many as it takes, up to the second. */
const [usualRounds, mostRounds] = [4, 7];
/** Worker and browsers may take this much more than bare browsers do. */
const mostFactor = 1.15;
const megabyte = 1024 * 1024;

/**
 * 24 profiles on 4 slots (a share: 8 on 4): each is written to while it sleeps and has something to send, round after round, so that all of them are
 * closed, kept and restored at least three times under the stand-in's ratchet. Then memory is compared with four bare browsers that hold the
 * same sessions, and nothing may be left running. Answers what is wrong.
 */
export async function proveHibernation(options: ProofOptions): Promise<string[]> {
  const count = options.isShare ? 8 : 24;
  const dataDir = await mkdtemp(join(tmpdir(), 'patchbay-proof-'));
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort(new Error('stopped')));
  const problems: string[] = [];
  try {
    await using lab = await startWhatsAppLab({ settings: { syncMs: 200 } });
    const config = bareConfig(dataDir, { WORKER_SLOTS: String(slots), WORKER_CONCURRENCY: '4', WAKE_MINUTES: '0' });
    await using parts = new AsyncDisposableStack();
    const product = parts.use(await startProduct(config, () => undefined));
    const stage: Stage = { client: await signUp(product.url, person), lab, signal: stop.signal };
    const sleepers = await pairSleepers(stage, count);
    console.log(`${count} profiles are linked on ${slots} slots`);
    const random = seededRandom(options.seed);
    let ours: Memory = { all: 0, browsers: 0 };
    for (let round = 1; round <= usualRounds || (round <= mostRounds && (await leastKept(product, sleepers)) < cycles); round += 1) {
      const begun = performance.now();
      const order = shuffle(sleepers, random);
      problems.push(...(await playRound(stage, { sleepers: order, round, seconds: count * 30 })));
      const seconds = Math.round((performance.now() - begun) / 1000);
      const taken = await settledMemory(product.workerPid() ?? 0, dataDir);
      // The highest of all rounds, so that no lucky moment decides.
      if (taken && taken.all > ours.all) ours = taken;
      if (!taken) problems.push(`round ${round}: there never were ${slots} browsers open and at rest`);
      console.log(`round ${round}: ${seconds} s, ${taken ? said(taken, 'worker') : 'not measured'}`);
    }
    problems.push(...lostLogins(stage));
    const folders = await parkedSessions(product, { sleepers, dataDir }, problems);
    await parts.disposeAsync();
    const left = await processesUnder(dataDir);
    if (left.length > 0) problems.push(`still running after the end: ${left.map(({ command }) => command.split('\0')[0]).join(', ')}`);
    const bare = await bareMemory(lab.url, { folders, dataDir });
    const factor = ours.all / bare.all;
    console.log(`bare: ${said(bare, 'their program')}; ${factor.toFixed(2)} times as much with the worker`);
    if (factor > mostFactor)
      problems.push(`worker and browsers take ${factor.toFixed(2)} times what four bare browsers take, and may take ${mostFactor}`);
    return problems;
  } finally {
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

type Memory = { all: number; browsers: number };

/** The program, its watchdog and all Chromium below `dataDir` together, once every slot is taken and what the last sends have left is collected. */
async function settledMemory(pid: number, dataDir: string): Promise<Memory | null> {
  for (let look = 0; look < 20; look += 1) {
    const before = await browsersUnder(dataDir);
    await wait(5_000);
    const browsers = await browsersUnder(dataDir);
    if (browsers.length !== slots || browsers.join() !== before.join()) continue;
    const taken = await measureTrees(
      new Map([
        ['all', [pid]],
        ['browsers', browsers],
      ] as const),
    );
    return { all: taken.get('all')?.pssBytes ?? 0, browsers: taken.get('browsers')?.pssBytes ?? 0 };
  }
  return null;
}

function said({ all, browsers }: Memory, program: string): string {
  const [total, own, each] = [all, all - browsers, browsers / slots].map((bytes) => Math.round(bytes / megabyte));
  return `${total} MB (${program} ${own}, each browser ${each})`;
}

type Parked = { sleepers: readonly Sleeper[]; dataDir: string };

/** How often each session was kept; and four of them unpacked for the bare browsers. */
async function parkedSessions(product: Product, { sleepers, dataDir }: Parked, problems: string[]): Promise<string[]> {
  const sealer = createSealer(await ownKey(dataDir, () => undefined));
  await using database = await openDatabase({ url: product.databaseUrl, max: 2 });
  const { db } = database;
  const workspaceId = await onlyWorkspace(db);
  if (!workspaceId) {
    problems.push('no profile sleeps');
    return [];
  }
  const folders: string[] = [];
  for (const { id: accountId, number } of sleepers) {
    const generation = await timesKept(db, workspaceId, accountId);
    if (generation < cycles) problems.push(`the session of ${number} was kept ${generation} times, and has to go through ${cycles} cycles`);
    if (folders.length === slots || generation === 0) continue;
    const folder = join(dataDir, `bare-${folders.length}`);
    await unpackFiles(readSnapshot(db, { workspaceId, accountId }, { generation, sealer }), join(folder, 'chromium'));
    folders.push(folder);
  }
  return folders;
}

async function leastKept(product: Product, sleepers: readonly Sleeper[]): Promise<number> {
  await using database = await openDatabase({ url: product.databaseUrl, max: 2 });
  const { db } = database;
  const workspaceId = await onlyWorkspace(db);
  return workspaceId ? Math.min(...(await Promise.all(sleepers.map(({ id }) => timesKept(db, workspaceId, id))))) : 0;
}

/** A session's generations count from one; the newest says how many there were. */
async function timesKept(db: Db, workspaceId: string, accountId: string): Promise<number> {
  const [generation = 0] = await inWorkspace(db, workspaceId, (trx) => restorableSnapshots(trx, accountId));
  return generation;
}

async function onlyWorkspace(db: Db): Promise<string | undefined> {
  const { rows } = await sql<{ workspace_id: string }>`select distinct workspace_id from sleeping_profiles(now())`.execute(db);
  return rows[0]?.workspace_id;
}

async function bareMemory(url: string, { folders, dataDir }: { folders: readonly string[]; dataDir: string }): Promise<Memory> {
  const browser = findBrowser(readSetupConfig());
  const child = fork(bareBrowsers, [browser?.path ?? '', url, ...folders], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  try {
    await Promise.race([once(child, 'message'), once(child, 'exit').then(() => Promise.reject(new Error('the bare browsers did not open')))]);
    const taken = await settledMemory(child.pid ?? 0, dataDir);
    if (!taken) throw new Error('the bare browsers did not come to rest');
    return taken;
  } finally {
    child.disconnect();
    await once(child, 'exit');
  }
}

type Running = { pid: number; command: string };

async function processesUnder(dataDir: string): Promise<Running[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0);
  const running = await Promise.all(pids.map(async (pid) => ({ pid, command: await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '') })));
  return running.filter(({ command }) => command.includes(dataDir));
}

async function browsersUnder(dataDir: string): Promise<number[]> {
  const running = await processesUnder(dataDir);
  return running.filter(({ command }) => command.includes('--user-data-dir=') && !command.includes('--type=')).map(({ pid }) => pid);
}
