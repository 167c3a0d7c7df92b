import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { loadPacks } from '#browser-profiles/engine/load-packs.ts';
import { type LoopbackSite, startLoopbackSite } from '#browser-profiles/testing/loopback-site.ts';
import { openHost, until } from '#browser-profiles/testing/open-host.ts';
import { createProxyTrier } from '#browser-profiles/try-proxy.ts';
import { addTestWorkspace, createTestDatabase, type TestDatabase } from '#e2e/test-database.ts';
import { type LabProxy, startHttpProxy } from '#lab/proxies.ts';
import { inWorkspace } from '#sql/database.ts';
import { setWanted } from '#sql/profile-access.ts';
import { changeProfile } from '#sql/profiles.ts';
import { addProxy, readProxy } from '#sql/proxies.ts';
import { createSealer } from '#sql/sealed.ts';
import { ProfileDesk } from './profile-desk.ts';
import type { ProfileRef } from './profile-spec-of.ts';
import { ProxyBreakers } from './proxy-breakers.ts';
import { addTestProfile } from './testing/add-profile.ts';

const signal = new AbortController().signal;
const sealer = createSealer('a key that only tests use, nowhere else');
let base: TestDatabase;
let site: LoopbackSite;
let proxy: LabProxy;
let workspaceId: string;
let ref: ProfileRef;
let proxyId: string;
/** Seconds that the workers' clock is ahead of ours. */
let ahead = 0;
const clock = { now: () => new Date(Date.now() + ahead * 1000), settle: async () => undefined };

beforeAll(async () => {
  base = await createTestDatabase();
  site = await startLoopbackSite();
  proxy = await startHttpProxy();
  workspaceId = await addTestWorkspace(base.db);
});
afterAll(async () => {
  await proxy.close();
  await site.close();
  await base[Symbol.asyncDispose]();
});
beforeEach(async () => {
  proxy.setFault('none');
  ahead = 0;
  const accountId = await addTestProfile(base.db, workspaceId, `http://messenger.test:${site.port}/`);
  ref = { workspaceId, accountId };
  const fields = { name: accountId, kind: 'http', host: '127.0.0.1', port: proxy.port } as const;
  proxyId = await inWorkspace(base.db, workspaceId, async (trx) => {
    const id = await addProxy(trx, workspaceId, fields);
    await changeProfile(trx, { workspaceId, profileId: accountId }, { proxyId: id });
    return id;
  });
});

const openBreakers = () =>
  new ProxyBreakers({ db: base.db, sealer, clock, tryProxy: createProxyTrier(null), tell: () => undefined, log: { warn: () => undefined } });
const breakerOf = () => inWorkspace(base.db, workspaceId, async (trx) => (await readProxy(trx, proxyId, clock.now())).breaker);

test('a proxy that dies is tried by nobody, then by one worker once, and all learn that it is back', async () => {
  const [one, other] = [openBreakers(), openBreakers()];
  proxy.setFault('die');
  for (const _ of [1, 2, 3]) await one.check({ workspaceId, proxyId }, signal);
  await other.settle(signal);
  expect([one.whyOpen(proxyId), other.whyOpen(proxyId)]).toMatchObject([{ code: 'proxy_dead' }, { code: 'proxy_dead', retryAt: expect.any(Date) }]);
  proxy.setFault('none');
  const seen = proxy.seen.length;
  await Promise.all([one.settle(signal), other.settle(signal)]);
  expect(proxy.seen.length).toBe(seen);
  ahead = 31;
  await Promise.all([one.settle(signal), other.settle(signal)]);
  expect(proxy.seen.length).toBe(seen + 1);
  await Promise.all([one.settle(signal), other.settle(signal)]);
  expect([one.whyOpen(proxyId), other.whyOpen(proxyId), await breakerOf()]).toMatchObject([null, null, { state: 'closed', failures: 0 }]);
});

test('what fails within one second is one failure', async () => {
  const breakers = openBreakers();
  const spec = { id: ref.accountId, workspaceId, pack: 'x', baseUrl: 'http://x/', locale: 'en', zone: 'UTC', stealth: false } as const;
  for (let nth = 0; nth < 50; nth += 1)
    breakers.heard({ ...spec, proxy: { is: 'proxy', url: 'http://x:1', id: proxyId } }, { ok: false, why: 'gone' });
  await until(async () => (await breakerOf()).failures > 0);
  expect(await breakerOf()).toMatchObject({ state: 'closed', failures: 1 });
});

test('profiles behind a dead proxy are held with its reason, send nothing, and go on by themselves', async () => {
  const breakers = openBreakers();
  const { host, close } = await openHost({ proxies: breakers });
  const packs = await loadPacks();
  const none = async () => undefined;
  const desk = new ProfileDesk({
    db: base.db,
    host,
    packs,
    sealer,
    hold: () => undefined,
    run: async () => ({}),
    whyHeld: (id) => breakers.whyOpen(id),
    isControlled: () => false,
    onReady: none,
    tell: () => undefined,
  });
  const stateIs = (state: string) => until(() => desk.stateOf(ref.accountId) === state);
  await inWorkspace(base.db, ref.workspaceId, (trx) => setWanted(trx, ref.accountId, 'running'));
  try {
    await desk.start(ref, signal);
    await host.pageOf(ref.accountId)?.evaluate(`setInterval(() => fetch('/beat').catch(() => 0), 200)`);
    proxy.setFault('die');
    const visits = site.visits.length;
    await stateIs('held');
    expect(() => desk.refuseUnlessReady(ref.accountId)).toThrow(expect.objectContaining({ code: 'proxy_dead', retryAt: expect.any(Date) }));
    expect(site.visits.length).toBeLessThanOrEqual(visits + 1);
    proxy.setFault('none');
    // Its page goes on through the hop, and shows by itself that the proxy is back.
    await until(() => site.visits.length > visits + 3);
    await until(() => desk.stateOf(ref.accountId) !== 'held');
    expect(host.isLive(ref.accountId)).toBe(true);

    await host.stop(ref.accountId);
    proxy.setFault('die');
    await until(async () => {
      await desk.start(ref, signal).catch(() => undefined);
      return breakers.whyOpen(proxyId) !== null;
    });
    await stateIs('held');
    expect(await desk.isToBeOpened(ref)).toBe(false);
    proxy.setFault('none');
    ahead = 31;
    await breakers.settle(signal);
    expect(await desk.isToBeOpened(ref)).toBe(true);
    await desk.start(ref, signal);
    expect(host.isLive(ref.accountId)).toBe(true);
  } finally {
    await desk.forget(ref.accountId);
    await close();
  }
});
