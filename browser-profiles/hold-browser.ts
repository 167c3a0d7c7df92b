import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { asFailure, Failure } from '#core/failure.ts';
import { reapProfile } from './browser-record.ts';
import { closeBrowser, killBrowser } from './close-browser.ts';
import { type LaunchedProfile, type LaunchOptions, launchProfile } from './launch.ts';
import { type KeptLease, keepLease, type Leases } from './leases.ts';
import { profileRoot, userDataOf } from './profile-folder.ts';
import type { ProfileSpec } from './profile-spec.ts';
import type { Slots } from './slots.ts';
import { keepSession, restoreSession, type Snapshots } from './snapshot.ts';
import type { Stagger } from './stagger.ts';
import type { Watchdog } from './start-watchdog.ts';

export type HoldOptions = {
  launch: LaunchOptions;
  leases: Leases;
  slots: Slots;
  stagger: Stagger;
  watchdog: () => Watchdog;
  snapshots: Snapshots | null;
};

/** What becomes of the session of a closed browser: it is kept and leaves this disk, is kept and stays, or only stays. */
export type Ending = 'park' | 'copy' | 'leave';

/** An open browser with everything it holds: a slot, a lease, the watchdog's eye. All of it goes back with `close` or `kill`. */
export type Hold = {
  spec: ProfileSpec;
  browser: LaunchedProfile;
  lease: KeptLease;
  /** Of performance.now. */
  readyAt: number;
  /** Aborts, with the `Failure` that running work is given, when the browser is gone or must not be used any more. */
  ended: AbortSignal;
  end(failure: Failure): void;
  close(sealUntil: number, ending: Ending): Promise<void>;
  kill(): Promise<void>;
};

/** Waits for a slot, takes the lease and launches. `onGone` is told once when the browser crashes or the lease is lost. */
export async function holdBrowser(
  spec: ProfileSpec,
  options: HoldOptions & { onLaunching(): void; onGone(hold: Hold, failure: Failure): void },
  signal: AbortSignal,
): Promise<Hold> {
  await options.slots.take(signal);
  let lease: KeptLease | null = null;
  const userData = userDataOf(profileRoot(options.launch.dataDir, spec.id));
  const giveBack = async () => {
    options.watchdog().unwatch(userData);
    await lease?.release();
    options.slots.give();
  };
  try {
    lease = await keepLease(options.leases, spec.id);
    options.watchdog().watch(userData);
    options.onLaunching();
    const kept = lease;
    const { snapshots, launch } = options;
    const restore = async () => void (snapshots && (await restoreSession(launch.dataDir, kept.current(), snapshots)));
    const starting = AbortSignal.any([signal, kept.lost]);
    const browser = await options.stagger.run(() => launchProfile(spec, { ...launch, restore }, starting), starting);
    const park = async (ending: Ending) => {
      if (snapshots && ending !== 'leave') await keepSession(launch.dataDir, kept.current(), { snapshots, stays: ending === 'copy' });
    };
    const hold = makeHold({ spec, browser, lease, park, giveBack });
    watchForEnd(hold, options.onGone);
    return hold;
  } catch (error) {
    await giveBack();
    throw error;
  }
}

type Parts = { spec: ProfileSpec; browser: LaunchedProfile; lease: KeptLease; park(ending: Ending): Promise<void>; giveBack(): Promise<void> };

function makeHold({ spec, browser, lease, park, giveBack }: Parts): Hold {
  const ended = new AbortController();
  const once = async (act: () => Promise<unknown>) => {
    try {
      await act();
    } finally {
      await giveBack();
    }
  };
  return {
    spec,
    browser,
    lease,
    readyAt: performance.now(),
    ended: ended.signal,
    end: (failure) => ended.abort(failure),
    close: (sealUntil, ending) =>
      once(async () => {
        await closeBrowser(browser, sealUntil);
        await park(ending);
      }),
    kill: () => once(() => killBrowser(browser)),
  };
}

/** A page that crashed or vanished is as good as a dead browser: the profile has one page, and the messenger lives in it. */
function watchForEnd(hold: Hold, onGone: (hold: Hold, failure: Failure) => void): void {
  const { context, page } = hold.browser;
  const gone = (failure: Failure) => {
    // Whoever ends it on purpose has said so before the browser closes.
    if (hold.ended.aborted) return;
    hold.end(failure);
    onGone(hold, failure);
  };
  page.once('crash', () => gone(new Failure('browser_crashed', 'The page of this profile crashed.')));
  page.once('close', () => gone(new Failure('browser_crashed')));
  context.once('close', () => gone(new Failure('browser_crashed')));
  const loseLease = () => gone(asFailure(hold.lease.lost.reason));
  if (hold.lease.lost.aborted) loseLease();
  else hold.lease.lost.addEventListener('abort', loseLease, { once: true });
  // A browser that ended between its launch and these listeners tells nobody any more.
  if (page.isClosed()) gone(new Failure('browser_crashed'));
}

/**
 * Keeps what a browser that is closed already has left in the folder of a profile, such as one that crashed, or removes it when it is old: also
 * half a session, which a kill left while it was removed or restored.
 */
export async function parkLeftFolder(profileId: string, { launch, leases, snapshots }: HoldOptions): Promise<void> {
  const root = profileRoot(launch.dataDir, profileId);
  if (!snapshots || !existsSync(root)) return;
  // Held by another host, or without a database, it is left to the round that looks for such folders.
  const lease = await keepLease(leases, profileId).catch(() => null);
  if (!lease) return;
  try {
    await reapProfile(root);
    const isOld = (await snapshots.toRestore(lease.current())) !== null;
    if (isOld) await rm(root, { recursive: true, force: true, maxRetries: 3 });
    else await keepSession(launch.dataDir, lease.current(), { snapshots, stays: false });
  } finally {
    await lease.release();
  }
}
