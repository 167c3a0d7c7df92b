import { createSocket } from 'node:dgram';
import { existsSync } from 'node:fs';
import { mkdir, readFile, symlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type LabProxy, startHttpProxy, startSocksProxy } from '#lab/proxies.ts';
import { closeBrowser } from './close-browser.ts';
import { type LaunchedProfile, type LaunchOptions, launchProfile } from './launch.ts';
import { profileRoot, userDataOf } from './profile-folder.ts';
import type { ProfileSpec } from './profile-spec.ts';
import { type LoopbackSite, startLoopbackSite } from './testing/loopback-site.ts';
import { launchOptions, pidsOf, specOf, until } from './testing/open-host.ts';

const signal = new AbortController().signal;
const user = { username: 'us@er', password: 'p:a/s#s%' };
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

test('cookies, localStorage and IndexedDB are there after closing and opening again, and nothing is left running', async () => {
  const first = await launch(specOf('a', site.url));
  await first.page.evaluate(`localStorage.setItem('who', 'ann'); document.cookie = 'seen=1; max-age=3600';
    new Promise((done) => { const ask = indexedDB.open('db', 1);
      ask.onupgradeneeded = () => ask.result.createObjectStore('s').put('bob', 'who'); ask.onsuccess = () => { ask.result.close(); done() } })`);
  const temporary = first.folder.temporary;
  expect(await closeBrowser(first, 0)).toEqual({ wasKilled: false });
  expect(await pidsOf(options.dataDir, 'a')).toEqual([]);
  expect(existsSync(temporary)).toBe(false);
  expect(existsSync(`${first.folder.root}/browser.json`)).toBe(false);

  const second = await launch(specOf('a', site.url));
  const kept = await second.page.evaluate(`new Promise((done) => { const ask = indexedDB.open('db', 1); ask.onsuccess = () => {
    const got = ask.result.transaction('s').objectStore('s').get('who');
    got.onsuccess = () => done([localStorage.getItem('who'), document.cookie, got.result]) } })`);
  expect(kept).toEqual(['ann', 'seen=1', 'bob']);
});

for (const stealth of [false, true]) {
  test(`page, popup and all workers tell one story ${stealth ? 'with' : 'without'} stealth: true platform, true version, own zone and language`, async () => {
    const { page } = await launch(specOf('a', site.url, { stealth, zone: 'America/New_York', locale: 'de-DE' }));
    const popupOpens = page.waitForEvent('popup');
    const told = await page.evaluate(`(async () => {
      window.open(location.href);
      const worker = await new Promise((done) => { new Worker('/worker.js').onmessage = (event) => done(event.data) });
      const shared = await new Promise((done) => { new SharedWorker('/shared.js').port.onmessage = (event) => done(event.data) });
      await navigator.serviceWorker.register('/service.js');
      const { active } = await navigator.serviceWorker.ready;
      const service = await new Promise((done) => { navigator.serviceWorker.onmessage = (event) => done(event.data); active.postMessage(1) });
      return [window.aboutMe(), worker, shared, service];
    })()`);
    const popup = await popupOpens;
    await popup.waitForFunction('window.aboutMe');
    const stories = [...(Array.isArray(told) ? told : []), await popup.evaluate('window.aboutMe()')];
    expect(stories).toHaveLength(5);
    // Workers have no navigator.webdriver at all; pages do, and only stealth makes it false.
    const [first, worker, shared, service, opened] = stories;
    expect([first.webdriver, opened.webdriver]).toEqual([!stealth, !stealth]);
    expect([worker.webdriver, shared.webdriver, service.webdriver]).toEqual([false, false, false]);
    for (const story of stories) {
      expect(story).toEqual({ ...first, webdriver: story.webdriver });
      expect(story).toMatchObject({ zone: 'America/New_York', language: 'de-DE', userAgent: expect.stringMatching(/Linux.* Chrome\/\d+\.0\.0\.0 /) });
    }
    expect(new Set(site.visits.map((visit) => visit.userAgent))).toEqual(new Set([first.userAgent]));
  });
}

test('pages that open and close quickly leave no unhandled rejection with stealth on', async () => {
  const { page, context } = await launch(specOf('a', site.url, { stealth: true }));
  await page.evaluate('for (let i = 0; i < 5; i += 1) window.open(location.href)?.close()');
  await Promise.all([1, 2, 3].map(async () => (await context.newPage()).close()));
  expect(await page.title()).toBe('Loopback');
});

test('a missing proxy starts no browser', async () => {
  await expect(launch(specOf('a', site.url, { proxy: { is: 'missing' } }))).rejects.toMatchObject({ code: 'proxy_missing' });
  expect(existsSync(profileRoot(options.dataDir, 'a'))).toBe(false);
  expect(site.visits).toEqual([]);
});

test('a dead proxy starts no browser, and one that dies later stops the traffic instead of letting it out', async () => {
  const proxy = await keep(startHttpProxy(user));
  const spec = specOf('a', site.url, { proxy: { is: 'proxy', url: proxy.url } });
  proxy.setFault('die');
  await expect(launch(spec)).rejects.toMatchObject({ code: 'proxy_dead' });
  expect(existsSync(profileRoot(options.dataDir, 'a'))).toBe(false);
  proxy.setFault('none');
  const { page, hop } = await launch(spec);
  const before = site.visits.length;
  expect(before).toBe(1);
  for (const fault of ['die', 'refuse'] as const) {
    proxy.setFault(fault);
    await page.goto(`${site.url}again`).catch(() => undefined);
    await page.evaluate(`fetch('/beacon').catch(() => 0)`).catch(() => undefined);
  }
  expect(site.visits.length).toBe(before);
  expect(hop?.failures()).toBeGreaterThan(0);
  expect(hop?.lastFailure()?.status).toBeGreaterThanOrEqual(590);
});

for (const [kind, startProxy] of [['http', startHttpProxy] as const, ['socks5', startSocksProxy] as const]) {
  test(`${kind} with user and password: names are resolved by the proxy only, and no UDP leaves beside it`, async () => {
    const proxy = await keep(startProxy(user));
    const udp = createSocket('udp4');
    let packets = 0;
    udp.on('message', () => {
      packets += 1;
    });
    await new Promise<void>((resolve) => udp.bind(0, '127.0.0.1', resolve));
    ends.push(() => new Promise<void>((resolve) => udp.close(() => resolve())));
    const { page } = await launch(specOf('a', `http://messenger.test:${site.port}/`, { proxy: { is: 'proxy', url: proxy.url } }));
    expect(await page.title()).toBe('Loopback');
    expect(proxy.seen).toContain('messenger.test');
    await page.evaluate(`new Promise((done) => {
      const peer = new RTCPeerConnection({ iceServers: [{ urls: 'stun:127.0.0.1:${udp.address().port}' }] });
      peer.createDataChannel('x');
      peer.onicegatheringstatechange = () => { if (peer.iceGatheringState === 'complete') done() };
      peer.createOffer().then((offer) => peer.setLocalDescription(offer));
    })`);
    expect(packets).toBe(0);
  });
}

test('a lock of another machine is removed, one of a living browser is respected', async () => {
  const userData = userDataOf(profileRoot(options.dataDir, 'a'));
  await mkdir(userData, { recursive: true });
  await symlink('oldcontainer-12345', `${userData}/SingletonLock`);
  const open = await launch(specOf('a', site.url));
  expect((await pidsOf(options.dataDir, 'a')).length).toBe(1);
  await expect(launchProfile(specOf('a', site.url), options, signal)).rejects.toMatchObject({ code: 'profile_in_use' });
  expect(await open.page.title()).toBe('Loopback');
  expect(hostname()).not.toBe('oldcontainer');
});

test('an open profile is one page in one renderer, and what Playwright turns off stays off', async () => {
  const { context } = await launch(specOf('a', site.url));
  const session = await context.browser()?.newBrowserCDPSession();
  if (!session) throw new Error('unreachable');
  const rendererCount = async () => (await session.send('SystemInfo.getProcessInfo')).processInfo.filter(({ type }) => type === 'renderer').length;
  await until(async () => (await rendererCount()) === 1);
  expect((await session.send('Target.getTargets')).targetInfos.map(({ type }) => type)).toEqual(['page']);
  const [pid] = await pidsOf(options.dataDir, 'a');
  const [theirs = [], all = []] = [...(await readFile(`/proc/${pid}/cmdline`, 'utf8')).matchAll(/--disable-features=([^ \0]*)/g)].map(
    ([, names = '']) => names.split(','),
  );
  expect(theirs.length).toBeGreaterThan(10);
  expect(all).toEqual(expect.arrayContaining(theirs));
});

test('a caller who gives up while the browser starts leaves none behind', async () => {
  await expect(launchProfile(specOf('a', site.url), options, AbortSignal.timeout(150))).rejects.toMatchObject({ name: 'TimeoutError' });
  expect(await pidsOf(options.dataDir, 'a')).toEqual([]);
});

test('a site that does not answer, a wrong browser and no browser are told apart', async () => {
  await expect(launch(specOf('a', 'http://127.0.0.1:9/'))).rejects.toMatchObject({ code: 'site_unreachable' });
  expect(await pidsOf(options.dataDir, 'a')).toEqual([]);
  await expect(launchProfile(specOf('a', site.url), { ...options, browserPath: process.execPath }, signal)).rejects.toMatchObject({
    code: 'no_browser',
  });
  await expect(launchProfile(specOf('a', site.url), { ...options, browserPath: null }, signal)).rejects.toMatchObject({ code: 'no_browser' });
});

async function launch(spec: ProfileSpec): Promise<LaunchedProfile> {
  const open = await launchProfile(spec, options, signal);
  ends.push(() => closeBrowser(open, 0));
  return open;
}

async function keep(started: Promise<LabProxy>): Promise<LabProxy> {
  const proxy = await started;
  ends.push(() => proxy.close());
  return proxy;
}
