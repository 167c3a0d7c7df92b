import { setTimeout as wait } from 'node:timers/promises';
import type { BrowserContext, Page } from 'playwright';
import { Failure } from '#core/failure.ts';
import { proxySentence } from '#core/proxy-trouble.ts';
import { reapProfile, removeRecord, writeRecord } from './browser-record.ts';
import { browserType, chromiumArgs, readUserAgent } from './browser-settings.ts';
import { hearSockets, type SocketEar } from './hear-sockets.ts';
import type { Log } from './log.ts';
import { endBrowsersOf } from './process-table.ts';
import { type ProfileFolder, prepareFolder, profileRoot, removeStaleLock, userDataOf } from './profile-folder.ts';
import type { ProfileSpec } from './profile-spec.ts';
import { type LocalHop, openLocalHop, type Traffic } from './proxy.ts';
import { checkProxy } from './proxy-check.ts';
import type { ProxyWatch } from './proxy-watch.ts';

export type LaunchOptions = {
  /** Null when none was found: then launching throws `no_browser`. */
  browserPath: string | null;
  dataDir: string;
  /** False only for root, where Chromium's sandbox does not start. */
  sandbox: boolean;
  /** A page that answers with the caller's address; without it a proxy check only asks for a tunnel to the messenger. */
  probeUrl?: string | null;
  /** Counts what the proxies of all profiles show. */
  proxies?: ProxyWatch;
  /** Hears how much has passed the hops of profiles. */
  passed?: (spec: ProfileSpec, traffic: Traffic) => void;
  headless?: boolean;
  /** Makes the folder of the profile the newest there is. Called under the lease, when no browser of the profile runs any more. */
  restore?: () => Promise<void>;
  /** Names the host on Chromium's command line, so that its watchdog ends these browsers and no others. */
  mark?: string;
  log: Log;
};

/** A running browser of one profile, with its first page on the messenger. Close it with `closeBrowser`, nothing else. */
export type LaunchedProfile = {
  profileId: string;
  context: BrowserContext;
  page: Page;
  folder: ProfileFolder;
  hop: LocalHop | null;
  sockets: SocketEar;
};

/** For everything from the first process to the messenger's page. A cold start with an empty profile takes 1-3 s on two cores. */
const startMs = 60_000;
const viewport = { width: 1280, height: 800 };
/** The same on every machine and without the worker's secrets; see `prepareFolder` for HOME and TMPDIR. */
const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Opens the browser of a profile and goes to its messenger. The caller must hold the profile's lease. Throws `proxy_missing` or
 * `proxy_dead` before any process starts, `no_browser`, `profile_in_use`, `site_unreachable`, `timed_out` or `browser_crashed`;
 * whatever was opened is closed again.
 */
export async function launchProfile(spec: ProfileSpec, options: LaunchOptions, signal: AbortSignal): Promise<LaunchedProfile> {
  if (spec.proxy.is === 'missing') throw new Failure('proxy_missing');
  if (!options.browserPath) throw new Failure('no_browser');
  await requireProxy(spec, options, signal);
  const root = profileRoot(options.dataDir, spec.id);
  await reapProfile(root);
  await removeStaleLock(userDataOf(root));
  await options.restore?.();
  const folder = await prepareFolder(options.dataDir, spec.id);
  await writeRecord(folder);
  const limited = AbortSignal.any([signal, AbortSignal.timeout(startMs)]);
  let hop: LocalHop | null = null;
  let starting: Promise<BrowserContext> | null = null;
  try {
    hop = await openHop(spec, options);
    starting = start(spec, folder, { hop, options, userAgent: await readUserAgent(options.browserPath) });
    const context = await unlessAborted(starting, limited);
    const page = await unlessAborted(firstPage(context, spec.stealth), limited);
    const sockets = hearSockets(page);
    await unlessAborted(goToMessenger(page, spec.baseUrl, hop), limited);
    return { profileId: spec.id, context, page, folder, hop, sockets };
  } catch (error) {
    await endStarting(starting, folder.userData);
    await hop?.close();
    await removeRecord(folder.root, folder.temporary);
    signal.throwIfAborted();
    throw asLaunchFailure(error, limited.aborted);
  }
}

/** Playwright's launch knows no signal: its process may show only after we gave up. Ended when it does, so that nothing runs on. */
async function endStarting(starting: Promise<BrowserContext> | null, userData: string): Promise<void> {
  if (!starting) return;
  const settled = new AbortController();
  const settling = starting
    .then((late) => late.close())
    .catch(() => undefined)
    .finally(() => settled.abort());
  while (!settled.signal.aborted) {
    await endBrowsersOf({ userData }, 2_000);
    await Promise.race([settling, wait(50, undefined, { signal: settled.signal }).catch(() => undefined)]);
  }
  await endBrowsersOf({ userData }, 2_000);
}

async function requireProxy(spec: ProfileSpec, { proxies, probeUrl }: LaunchOptions, signal: AbortSignal): Promise<void> {
  if (spec.proxy.is !== 'proxy') return;
  proxies?.refuseOpen(spec);
  const check = await checkProxy(spec.proxy.url, { target: spec.baseUrl, probeUrl, signal });
  proxies?.heard(spec, { ok: check.ok, why: check.ok ? null : check.why });
  if (!check.ok) throw new Failure('proxy_dead', proxySentence(check.why));
}

async function openHop(spec: ProfileSpec, { proxies, passed }: LaunchOptions): Promise<LocalHop | null> {
  const { proxy, baseUrl } = spec;
  if (proxy.is === 'direct') return null;
  return openLocalHop(proxy.is === 'proxy' ? proxy.url : null, {
    site: baseUrl,
    heard: (outcome) => proxies?.heard(spec, outcome),
    passed: (traffic) => passed?.(spec, traffic),
  });
}

type Surroundings = { hop: LocalHop | null; options: LaunchOptions; userAgent: string };

async function start(spec: ProfileSpec, folder: ProfileFolder, { hop, options, userAgent }: Surroundings): Promise<BrowserContext> {
  const browser = await browserType(spec.stealth);
  return browser.launchPersistentContext(folder.userData, {
    executablePath: options.browserPath ?? undefined,
    headless: options.headless ?? true,
    chromiumSandbox: options.sandbox,
    timeout: startMs,
    // The worker decides when a browser ends; Playwright's own handlers would close it first and exit the process.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    userAgent,
    locale: spec.locale,
    timezoneId: spec.zone,
    viewport,
    permissions: [],
    acceptDownloads: true,
    downloadsPath: folder.downloads,
    env: { PATH: searchPath, HOME: folder.home, TMPDIR: folder.temporary, LANG: 'C.UTF-8', TZ: spec.zone },
    args: chromiumArgs(spec, { userAgent, hop, mark: options.mark }),
    ...(hop ? { proxy: { server: hop.serverUrl, bypass: '<-loopback>' } } : {}),
  });
}

async function firstPage(context: BrowserContext, withStealth: boolean): Promise<Page> {
  const initial = context.pages();
  // The plugin only reaches pages that are opened through it, so with stealth the one that Chromium opened itself is replaced.
  const page = withStealth ? await context.newPage() : (initial[0] ?? (await context.newPage()));
  for (const other of initial) if (other !== page) await other.close();
  return page;
}

async function goToMessenger(page: Page, baseUrl: string, hop: LocalHop | null): Promise<void> {
  const failuresBefore = hop?.failures() ?? 0;
  const answer = await page.goto(baseUrl, { waitUntil: 'domcontentloaded', timeout: startMs }).catch((cause: unknown) => {
    // 590 is the upstream's own no to this site; every other status is about the upstream itself.
    if (hop && hop.failures() > failuresBefore && hop.lastFailure()?.status !== 590) throw new Failure('proxy_dead', undefined, { cause });
    throw new Failure('site_unreachable', undefined, { cause });
  });
  // A plain page "succeeds" with the hop's own status when the proxy is what failed.
  const status = answer?.status() ?? 200;
  if (hop && status >= 590 && status <= 599) throw new Failure('proxy_dead');
}

/** Playwright's launch knows no signal: stop waiting for it; the caller ends the process that it leaves. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

function asLaunchFailure(error: unknown, isTooLate: boolean): unknown {
  if (isTooLate) return new Failure('timed_out', 'The browser of this profile did not start in time.', { cause: error });
  if (error instanceof Failure) return error;
  const text = error instanceof Error ? error.message : '';
  if (/ProcessSingleton|profile appears to be in use|already in use/i.test(text)) return new Failure('profile_in_use', undefined, { cause: error });
  if (/executable doesn.t exist|ENOENT|EACCES/i.test(text)) return new Failure('no_browser', undefined, { cause: error });
  return new Failure('browser_crashed', 'The browser of this profile did not start.', { cause: error });
}
