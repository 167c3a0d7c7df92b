import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type HostOptions, ProfileHost } from '#browser-profiles/host.ts';
import type { HostEvent } from '#browser-profiles/host-event.ts';
import type { LaunchOptions } from '#browser-profiles/launch.ts';
import { findBrowsersOf } from '#browser-profiles/process-table.ts';
import { profilesRoot } from '#browser-profiles/profile-folder.ts';
import type { ProfileSpec } from '#browser-profiles/profile-spec.ts';
import { type MemoryLeases, memoryLeases } from './memory-leases.ts';
import { testBrowser } from './test-browser.ts';

export type OpenHost = { host: ProfileHost; leases: MemoryLeases; events: HostEvent[]; dataDir: string; close(): Promise<void> };

/** A host on an empty data directory, with a backoff in tenths of seconds. */
export async function openHost(options: Partial<HostOptions> & { leases?: MemoryLeases } = {}): Promise<OpenHost> {
  const { launch, remove } = await launchOptions();
  const leases = options.leases ?? memoryLeases();
  const host = new ProfileHost({ ...launch, slots: 2, backoff: { firstMs: 200, maxMs: 400, resetAfterMs: 60_000 }, ...options, leases });
  const events: HostEvent[] = [];
  host.on((event) => void events.push(event));
  const close = async () => {
    await host[Symbol.asyncDispose]();
    await remove();
  };
  return { host, leases, events, dataDir: launch.dataDir, close };
}

export async function launchOptions(): Promise<{ launch: LaunchOptions; remove(): Promise<void> }> {
  const { executablePath, chromiumSandbox } = testBrowser();
  const dataDir = await mkdtemp(join(tmpdir(), 'patchbay-host-test '));
  const launch = {
    browserPath: executablePath,
    dataDir,
    sandbox: chromiumSandbox,
    log: { info: () => undefined, warn: () => undefined },
  };
  return { launch, remove: () => rm(dataDir, { recursive: true, force: true, maxRetries: 3 }) };
}

export function specOf(id: string, baseUrl: string, change: Partial<ProfileSpec> = {}): ProfileSpec {
  return { id, workspaceId: 'w', pack: 'test', baseUrl, locale: 'en-US', zone: 'Europe/Berlin', proxy: { is: 'direct' }, stealth: false, ...change };
}

/** The main process of a profile's browser, as the operating system sees it. */
export async function pidsOf(dataDir: string, profileId: string): Promise<number[]> {
  return findBrowsersOf({ userData: join(profilesRoot(dataDir), profileId, 'chromium') });
}

/** Waits until `claim` holds; a claim that never does ends in the test's own time limit. */
export async function until(claim: () => boolean | Promise<boolean>, signal = AbortSignal.timeout(30_000)): Promise<void> {
  while (!(await claim())) await wait(20, undefined, { signal });
}
