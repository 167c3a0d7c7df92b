import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type LabProxy, startHttpProxy, startSocksProxy } from '#lab/proxies.ts';
import { isBackgroundHost } from './background-hosts.ts';
import { openLocalHop, type Traffic } from './proxy.ts';
import { checkProxy, exitIn } from './proxy-check.ts';

const user = { username: 'us@er', password: 'p:a/s#s%' };
const signal = new AbortController().signal;
let hits = 0;
const site = createServer((_asked, answer) => {
  hits += 1;
  answer.end('Your address is 203.0.113.7.');
});
let target = '';
const open: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  await new Promise<void>((resolve) => void site.listen(0, '127.0.0.1', resolve));
  // A listening TCP server has an AddressInfo.
  target = `http://site.test:${(site.address() as AddressInfo).port}/`;
});
afterEach(async () => {
  hits = 0;
  await Promise.all(open.splice(0).map((each) => each.close()));
});
afterAll(() => new Promise((resolve) => void site.close(resolve)));

const kinds = [
  ['http', startHttpProxy],
  ['socks5', startSocksProxy],
] as const;

for (const [kind, start] of kinds) {
  test(`${kind}: a check connects with user and password, sends nothing to the site and lets the proxy resolve the name`, async () => {
    const proxy = await keep(start(user));
    expect(await checkProxy(proxy.url, { target, signal })).toMatchObject({ ok: true, exitAddress: null, country: null });
    expect(proxy.seen).toEqual(['site.test']);
    expect(hits).toBe(0);
  });

  test(`${kind}: a check with a probe page reports the exit address`, async () => {
    const proxy = await keep(start(user));
    expect(await checkProxy(proxy.url, { target, probeUrl: target, signal })).toMatchObject({ ok: true, exitAddress: '203.0.113.7' });
  });

  test(`${kind}: a plain page goes through the hop with its name unresolved`, async () => {
    const proxy = await keep(start(user));
    const hop = await keep(openLocalHop(proxy.url));
    expect(await readThrough(hop.serverUrl, target)).toEqual({ status: 200, text: 'Your address is 203.0.113.7.' });
    expect(proxy.seen).toEqual(['site.test']);
    expect(hop.failures()).toBe(0);
  });

  test(`${kind}: a wrong password, a closed port and a refusal fail closed, are counted, and say why`, async () => {
    const proxy = await keep(start(user));
    const wrong = proxy.url.replace(/:[^:@]+@/, ':wrong@');
    expect(await checkProxy(wrong, { target, signal })).toMatchObject({ ok: false, why: expect.stringMatching(/^proxy_(sign_in|refuses)$/) });
    const hop = await keep(openLocalHop(wrong));
    expect((await readThrough(hop.serverUrl, target)).status).toBeGreaterThanOrEqual(590);
    expect(hop.failures()).toBe(1);
    expect(hop.lastFailure()?.status).toBeGreaterThanOrEqual(590);
    proxy.setFault('refuse');
    expect(await checkProxy(proxy.url, { target, signal })).toMatchObject({ ok: false });
    proxy.setFault('die');
    expect(await checkProxy(proxy.url, { target, signal })).toMatchObject({ ok: false });
    await proxy.close();
    expect(await checkProxy(proxy.url, { target, signal })).toMatchObject({ ok: false });
    expect(hits).toBe(0);
  });

  test(`${kind}: a proxy that hangs is given up after the patience, and a caller can give up sooner`, async () => {
    const proxy = await keep(start());
    proxy.setFault('hang');
    const gaveUp = await checkProxy(proxy.url, { target, timeoutMs: 100, signal });
    expect(gaveUp).toEqual({ ok: false, why: 'proxy_silent' });
    await expect(checkProxy(proxy.url, { target, signal: AbortSignal.timeout(50) })).rejects.toThrow();
  });
}

test('a page that says where somebody comes from is read as text, JSON or pairs', () => {
  expect(exitIn('203.0.113.7\n')).toEqual({ exitAddress: '203.0.113.7', country: null });
  expect(exitIn('fl=1f1\nh=check.example\nip=2001:db8::7\nts=1763716800.5\nloc=DE\ntls=off')).toEqual({ exitAddress: '2001:db8::7', country: 'DE' });
  expect(exitIn('{"ip":"203.0.113.7","country":"nl","country_name":"Netherlands"}')).toEqual({ exitAddress: '203.0.113.7', country: 'NL' });
  expect(exitIn('{"query":"203.0.113.7","country":"Germany","countryCode":"DE"}')).toEqual({ exitAddress: '203.0.113.7', country: 'DE' });
  expect(exitIn('<p>nothing</p>')).toEqual({ exitAddress: null, country: null });
});

test('a proxy that opens tunnels and answers in the place of the site is found out', async () => {
  const proxy = await keep(startSocksProxy());
  proxy.setFault('lie');
  const lied = await checkProxy(proxy.url, { target: target.replace('http:', 'https:'), signal });
  expect(lied).toEqual({ ok: false, why: 'proxy_lies' });
});

test('a missing upstream opens nothing: it never means direct', async () => {
  await expect(openLocalHop(undefined)).rejects.toMatchObject({ code: 'proxy_missing' });
  await expect(openLocalHop(null)).rejects.toMatchObject({ code: 'proxy_missing' });
  await expect(openLocalHop(' ')).rejects.toMatchObject({ code: 'proxy_missing' });
  expect(await checkProxy('', { target, signal })).toMatchObject({ ok: false });
});

test('what passes a hop is counted, and the rest is told when it closes', async () => {
  const proxy = await keep(startHttpProxy());
  const passed: Traffic[] = [];
  const hop = await openLocalHop(proxy.url, { passed: (traffic) => passed.push(traffic) });
  for (const _ of [1, 2]) await readThrough(hop.serverUrl, target);
  await hop.close();
  expect(passed).toHaveLength(1);
  // Heads of requests and answers count as well as what they carry.
  expect(passed[0]?.receivedBytes).toBeGreaterThan(2 * 'Your address is 203.0.113.7.'.length);
  expect(passed[0]?.sentBytes).toBeGreaterThan(2 * target.length);
});

test('what the browser asks for by itself ends at the hop', async () => {
  const proxy = await keep(startHttpProxy());
  const hop = await keep(openLocalHop(proxy.url));
  expect((await readThrough(hop.serverUrl, 'http://update.googleapis.com/service/update2')).status).toBe(403);
  expect((await readThrough(hop.serverUrl, 'http://r4---sn-4g5e6nsz.gvt1.com/component.crx')).status).toBe(403);
  expect(proxy.seen).toEqual([]);
  expect(hop.failures()).toBe(0);
  expect([...hop.blocked()]).toEqual([
    ['update.googleapis.com', 1],
    ['r4---sn-4g5e6nsz.gvt1.com', 1],
  ]);
});

test('a messenger at Google itself may ask for its own domain, and for nothing else of the browser', () => {
  const site = 'messages.google.com';
  expect(isBackgroundHost('accounts.google.com', site)).toBe(false);
  expect(isBackgroundHost('update.googleapis.com', site)).toBe(true);
  expect(isBackgroundHost('ACCOUNTS.google.com.', 'web.whatsapp.com')).toBe(true);
  // Only whole names: pages of messengers load fonts, pictures and their own push from there.
  for (const host of ['fonts.googleapis.com', 'www.google.com', 'evilgvt1.com', 'web.whatsapp.com']) expect(isBackgroundHost(host)).toBe(false);
});

async function keep<T extends LabProxy | { close(): Promise<void> }>(started: Promise<T>): Promise<T> {
  const it = await started;
  open.push(it);
  return it;
}

function readThrough(hopUrl: string, url: string): Promise<{ status: number; text: string }> {
  const hop = new URL(hopUrl);
  return new Promise((resolve, reject) => {
    get({ host: hop.hostname, port: hop.port, path: url, headers: { host: new URL(url).host } }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, text }));
    }).once('error', reject);
  });
}
