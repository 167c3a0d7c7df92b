import { setTimeout as wait } from 'node:timers/promises';
import { removeRecord } from './browser-record.ts';
import type { LaunchedProfile } from './launch.ts';
import { findBrowsersOf, signalTree, waitUntilGone } from './process-table.ts';
import type { ProfileFolder } from './profile-folder.ts';

/** A killed Chromium loses localStorage of the last 3-6 s, and with it logins (measured): these are what an orderly end gets. */
const askMs = 5_000;
const killMs = 15_000;

/**
 * Closes a browser so that its session survives: page, context, SIGTERM, and SIGKILL 15 s after the beginning. `sealUntil` (of
 * performance.now) is a moment before which it is not begun, because a login is still being written. Answers whether it had to be killed.
 */
export async function closeBrowser(open: LaunchedProfile, sealUntil: number): Promise<{ wasKilled: boolean }> {
  await waitForSeal(open, sealUntil);
  const begun = performance.now();
  const left = () => Math.max(0, killMs - (performance.now() - begun));
  // A page or context that hangs is what the signals below are for.
  void open.page.close().then(
    () => void open.context.close().catch(() => undefined),
    () => void open.context.close().catch(() => undefined),
  );
  if (!(await waitUntilGone({ userData: open.folder.userData }, askMs))) await signalAll(open.folder, 'SIGTERM');
  const wasKilled = !(await waitUntilGone({ userData: open.folder.userData }, left()));
  await cleanUp(open);
  return { wasKilled };
}

async function waitForSeal(open: LaunchedProfile, sealUntil: number): Promise<void> {
  const gone = new AbortController();
  open.context.once('close', () => gone.abort());
  const sealMs = sealUntil - performance.now();
  if (sealMs > 0) await wait(sealMs, undefined, { signal: gone.signal }).catch(() => undefined);
}

/** Ends a browser that crashed, or whose lease is lost and which must not type another key. */
export async function killBrowser(open: LaunchedProfile): Promise<void> {
  await signalAll(open.folder, 'SIGKILL');
  await cleanUp(open);
}

async function cleanUp(open: LaunchedProfile): Promise<void> {
  const { root, temporary } = open.folder;
  await signalAll(open.folder, 'SIGKILL');
  await waitUntilGone({ userData: open.folder.userData }, 2_000);
  // Playwright learns of the end by its pipe; a context that is gone closes at once.
  await open.context.close().catch(() => undefined);
  await open.hop?.close();
  await removeRecord(root, temporary);
}

async function signalAll({ userData }: ProfileFolder, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  for (const pid of await findBrowsersOf({ userData })) signalTree(pid, signal);
}
