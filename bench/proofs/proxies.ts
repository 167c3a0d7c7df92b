import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSetupConfig } from '#bin/setup-config.ts';
import { closeBrowser } from '#browser-profiles/close-browser.ts';
import { findBrowser } from '#browser-profiles/find-browser.ts';
import { type LaunchOptions, launchProfile } from '#browser-profiles/launch.ts';
import type { ProfileSpec } from '#browser-profiles/profile-spec.ts';
import { startLoopbackSite } from '#browser-profiles/testing/loopback-site.ts';
import { asFailure } from '#core/failure.ts';
import { type LabProxy, type ProxyFault, startHttpProxy, startSocksProxy } from '#lab/proxies.ts';
import { seededRandom, shuffle } from '#workers/testing/seeded.ts';
import type { NetworkCall } from './network-calls.ts';
import type { ProofOptions } from './options.ts';
import { roam, startWitness, type Witness } from './roam.ts';
import { type TracedBrowser, traceBrowser } from './traced-browser.ts';

type Fault = ProxyFault | 'hop_gone';
type Round = { nth: number; kind: 'http' | 'socks5'; user: { username: string; password: string } | null; before: ProxyFault; faults: Fault[] };
type Site = Awaited<ReturnType<typeof startLoopbackSite>>;
type Stage = { site: Site; witness: Witness; launch: LaunchOptions; browser: TracedBrowser; spec(url: string): ProfileSpec };
type Told = { hops: string[]; seen: number; blocked: number; problems: string[] };

const signal = new AbortController().signal;
/** What `--without` takes away from the browser, to show that the proof sees what goes out then. */
const guards: Record<string, string[]> = { webrtc: ['--webrtc-ip-handling-policy'], proxy: ['--proxy-server', '--host-resolver-rules'] };

/**
 * Opens profiles behind proxies that die, refuse, hang and lie, lets their pages reach for the network in every way they can, and reads from
 * strace what all processes of Chromium did. Answers whatever went anywhere but to the profile's own hop on loopback.
 */
export async function proveProxies(options: ProofOptions): Promise<string[]> {
  const found = findBrowser(readSetupConfig());
  if (!found) return ['no Chromium was found: run npm run setup'];
  const without = options.switchOff === null ? [] : guards[options.switchOff];
  if (!without) return [`--without knows ${Object.keys(guards).join(' and ')}`];
  const dataDir = await mkdtemp(join(tmpdir(), 'patchbay-proof-'));
  try {
    await using browser = await traceBrowser(found.path, without);
    await using witness = await startWitness();
    const site = await startLoopbackSite();
    const launch = { browserPath: browser.path, dataDir, sandbox: process.getuid?.() !== 0, log: { info: () => undefined, warn: () => undefined } };
    const told: Told = { hops: [], seen: 0, blocked: 0, problems: [] };
    for (const round of roundsOf(options)) {
      const spec = (url: string): ProfileSpec => ({
        id: `round-${round.nth}`,
        workspaceId: 'proof',
        pack: 'proof',
        // One that a machine could look up, one that it could reach: neither may happen.
        baseUrl: round.nth % 2 === 0 ? `http://messenger.test:${site.port}/` : site.url,
        locale: 'en-US',
        zone: 'Europe/Berlin',
        proxy: { is: 'proxy', url },
        stealth: false,
      });
      await play(round, { site, witness, launch, browser, spec }, told).catch((error: unknown) => {
        told.problems.push(`round ${round.nth}: ${asFailure(error).code === 'broken' ? String(error) : asFailure(error).message}`);
      });
    }
    await site.close();
    return [...told.problems, ...judge(await browser.calls(), told), ...reached(witness)];
  } catch (error) {
    if (asFailure(error).code === 'broken') throw error;
    return [asFailure(error).message];
  } finally {
    await rm(dataDir, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Every fault in every round, in an order of the seed; what is wrong already before the browser starts differs, too. */
function roundsOf({ seed, isShare }: ProofOptions): Round[] {
  const random = seededRandom(seed);
  const user = { username: 'us@er', password: 'p:a/s#s%' };
  return Array.from(
    { length: isShare ? 2 : 8 },
    (_, nth): Round => ({
      nth,
      kind: nth % 2 === 0 ? 'http' : 'socks5',
      user: random() < 0.5 ? user : null,
      before: shuffle(['die', 'refuse', ...(isShare ? [] : (['hang'] as const))] as const, random)[0] ?? 'die',
      faults: ['none', ...shuffle(['die', 'refuse', 'hang', 'lie'] as const, random), 'none', 'hop_gone'],
    }),
  );
}

async function play(round: Round, stage: Stage, told: Told): Promise<void> {
  const proxy = await (round.kind === 'http' ? startHttpProxy : startSocksProxy)(round.user);
  const { site, browser, launch } = stage;
  try {
    await refusesToStart(round, proxy, stage, told);
    const open = await launchProfile(stage.spec(proxy.url), launch, signal);
    told.hops.push(new URL(open.hop?.serverUrl ?? 'http://none').host);
    console.log(`round ${round.nth}: ${round.kind}${round.user ? ' with password' : ''}, ${round.before} at first, then ${round.faults.join(', ')}`);
    try {
      for (const [nth, fault] of round.faults.entries()) {
        if (fault === 'hop_gone') await open.hop?.close();
        else proxy.setFault(fault);
        const visits = site.visits.length;
        await roam(open.page, { port: stage.witness.port, nth: round.nth * 100 + nth });
        const page = await open.context.newPage();
        await page.goto(`${stage.spec(proxy.url).baseUrl}again`, { timeout: 3_000 }).catch(() => undefined);
        await page.close();
        if (fault !== 'none' && site.visits.length > visits)
          told.problems.push(`round ${round.nth}: the site was reached while the proxy did "${fault}"`);
        if (fault === 'none' && site.visits.length === visits) told.problems.push(`round ${round.nth}: a proxy that is well again carries nothing`);
      }
      told.seen += proxy.seen.length;
      told.blocked += [...(open.hop?.blocked().values() ?? [])].reduce((sum, count) => sum + count, 0);
    } finally {
      await closeBrowser(open, 0);
    }
  } finally {
    await proxy.close();
  }
  console.log(`round ${round.nth}: ${(await browser.calls()).length} calls so far`);
}

/** A proxy that is bad already starts no browser at all. */
async function refusesToStart(round: Round, proxy: LabProxy, { browser, launch, spec }: Stage, told: Told): Promise<void> {
  const before = await browser.starts();
  proxy.setFault(round.before);
  const why = await launchProfile(spec(proxy.url), launch, signal).then(
    async (open) => {
      await closeBrowser(open, 0);
      return 'started';
    },
    (error: unknown) => asFailure(error).code,
  );
  if (why !== 'proxy_dead') told.problems.push(`round ${round.nth}: a proxy that does "${round.before}" gave ${why}, not proxy_dead`);
  if ((await browser.starts()) !== before) told.problems.push(`round ${round.nth}: a browser was started although the proxy did "${round.before}"`);
  proxy.setFault('none');
}

/** A hop of another profile is as wrong as any other address, so each has to be one of those that were opened; nothing else is allowed. */
function judge(calls: readonly NetworkCall[], { hops, seen, blocked }: Told): string[] {
  const to = (is: NetworkCall['is']) => calls.filter((call) => call.is === is);
  const connects = to('connects');
  const elsewhere = connects.filter((call) => !hops.includes(call.to));
  const dns = calls.filter((call) => call.is === 'asks_resolver' || (call.is === 'sends' && /:(53|853|5353)$/.test(call.to)));
  console.log(
    `connect(): ${connects.length - elsewhere.length} to the hop, ${elsewhere.length} elsewhere; sendto() and its kin over UDP: ${to('sends').length}; ` +
      `names looked up here: ${dns.length}; UDP sockets that were given an address and sent nothing: ${to('points').length}; ` +
      `requests that the proxies carried or refused: ${seen}; the browser's own requests that ended at the hop: ${blocked}`,
  );
  const breaches = [...elsewhere, ...to('sends'), ...to('asks_resolver')];
  const seenHops = hops.filter((hop) => connects.some((call) => call.to === hop));
  return [
    ...breaches
      .filter((call, at) => breaches.findIndex((other) => other.is === call.is && other.to === call.to) === at)
      .map((call) => `past the hop: ${call.is} ${call.to}: ${call.line.slice(0, 200)}`),
    // A trace that shows no way to the hop has seen nothing, and proves nothing.
    ...(seenHops.length < hops.length ? [`strace saw connections to ${seenHops.length} of ${hops.length} hops`] : []),
    ...(seen === 0 ? ['the proxies carried nothing'] : []),
  ];
}

const reached = (witness: Witness): string[] =>
  witness.arrivals() === 0 ? [] : [`${witness.arrivals()} packets arrived where only a way past the proxy leads`];
