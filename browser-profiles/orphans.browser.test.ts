import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { reapOrphans } from './browser-record.ts';
import { closeBrowser } from './close-browser.ts';
import { type LaunchOptions, launchProfile } from './launch.ts';
import { isRunning, markFlag } from './process-table.ts';
import { profileRoot, userDataOf } from './profile-folder.ts';
import { startWatchdog } from './start-watchdog.ts';
import { type LoopbackSite, startLoopbackSite } from './testing/loopback-site.ts';
import { launchOptions, pidsOf, specOf, until } from './testing/open-host.ts';

const signal = new AbortController().signal;
let site: LoopbackSite;
let options: LaunchOptions;
const ends: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  site = await startLoopbackSite();
  const { launch, remove } = await launchOptions();
  options = launch;
  ends.push(() => site.close(), remove);
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

test('kill -9 of a worker ends its browser, and the next worker opens the profile again', async () => {
  const worker = await startWorker();
  const [pid = 0] = await pidsOf(options.dataDir, 'a');
  expect(isRunning(pid)).toBe(true);
  worker.kill('SIGKILL');
  await until(async () => (await pidsOf(options.dataDir, 'a')).length === 0);
  const recorded = JSON.parse(await readFile(`${profileRoot(options.dataDir, 'a')}/browser.json`, 'utf8'));
  expect(existsSync(recorded.temporary)).toBe(true);
  await reapOrphans(options.dataDir);
  expect(existsSync(recorded.temporary)).toBe(false);
  expect(existsSync(`${profileRoot(options.dataDir, 'a')}/browser.json`)).toBe(false);
  const open = await launchProfile(specOf('a', site.url), options, signal);
  expect(await open.page.title()).toBe('Loopback');
  await closeBrowser(open, 0);
});

test('the watchdog ends a browser that does not notice that its worker is gone, and not the next worker’s', async () => {
  const stray = await startStray('a');
  const bystander = await startStray('bystander');
  const successor = await startStray('b', 'of the next worker');
  const watchdog = startWatchdog('mine');
  watchdog.watch(userDataOf(profileRoot(options.dataDir, 'a')));
  watchdog.watch(userDataOf(profileRoot(options.dataDir, 'b')));
  await watchdog.close();
  expect(await pidsOf(options.dataDir, 'a')).toEqual([]);
  expect([bystander, successor].map((each) => isRunning(each.pid ?? 0))).toEqual([true, true]);
  await until(() => stray.signalCode !== null || stray.exitCode !== null);
});

test('the watchdog ends the browser of a worker that stands still, and of no other', async () => {
  const stray = await startStray('a');
  const silentMs = 1000;
  const watchdog = startWatchdog('mine', { silentMs });
  ends.push(() => watchdog.close());
  watchdog.watch(userDataOf(profileRoot(options.dataDir, 'a')));
  const begun = performance.now();
  await until(() => performance.now() - begun > 3 * silentMs);
  expect(isRunning(stray.pid ?? 0)).toBe(true);
  // As long as the event loop stands, nothing beats.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 * silentMs);
  await until(() => stray.signalCode !== null || stray.exitCode !== null);
});

test('reaping ends exactly the browsers whose worker is dead', async () => {
  const orphan = await startStray('orphan');
  const near = await startStray('orphan2');
  await record('orphan', { pid: 2 ** 22 + 1, startTicks: '1', bootId: null });
  const lived = await launchProfile(specOf('lived', site.url), options, signal);
  ends.push(() => closeBrowser(lived, 0));
  expect(await reapOrphans(options.dataDir)).toEqual(['orphan']);
  await until(() => orphan.signalCode !== null || orphan.exitCode !== null);
  expect(isRunning(near.pid ?? 0)).toBe(true);
  expect(await lived.page.title()).toBe('Loopback');
});

async function startWorker(): Promise<ChildProcess> {
  const main = fileURLToPath(new URL('testing/doomed-worker.ts', import.meta.url));
  const worker = spawn(process.execPath, [main, options.browserPath ?? '', options.dataDir, site.url], { stdio: ['ignore', 'pipe', 'inherit'] });
  ends.push(async () => void worker.kill('SIGKILL'));
  if (worker.stdout) await once(worker.stdout, 'data');
  return worker;
}

/** A browser without a pipe to any worker: it ends only when somebody ends it. */
async function startStray(profileId: string, mark = 'mine'): Promise<ChildProcess> {
  const userData = userDataOf(profileRoot(options.dataDir, profileId));
  await mkdir(userData, { recursive: true });
  const args = [
    '--headless',
    `--user-data-dir=${userData}`,
    '--remote-debugging-port=0',
    markFlag(mark),
    ...(options.sandbox ? [] : ['--no-sandbox']),
    'about:blank',
  ];
  const stray = spawn(options.browserPath ?? '', args, { detached: true, stdio: 'ignore' });
  ends.push(async () => {
    stray.kill('SIGKILL');
    await until(() => stray.signalCode !== null || stray.exitCode !== null);
  });
  await until(() => existsSync(`${userData}/DevToolsActivePort`));
  return stray;
}

async function record(profileId: string, worker: object): Promise<void> {
  const text = JSON.stringify({ worker, temporary: '', openedAt: new Date().toISOString() });
  await writeFile(`${profileRoot(options.dataDir, profileId)}/browser.json`, text);
}
