import { afterEach, beforeEach, expect, test } from 'vitest';
import { Failure } from '#core/failure.ts';
import { startHttpProxy } from '#lab/proxies.ts';
import type { Work } from './serve-work.ts';
import { type LoopbackSite, startLoopbackSite } from './testing/loopback-site.ts';
import { memoryLeases } from './testing/memory-leases.ts';
import { type OpenHost, openHost, pidsOf, specOf, until } from './testing/open-host.ts';

const signal = new AbortController().signal;
const titleOf: Work<string> = (page) => page.title();
let site: LoopbackSite;
const ends: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  site = await startLoopbackSite();
  ends.push(() => site.close());
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

test('work on one profile is done one at a time and in order, and who waits can step out', async () => {
  const { host } = await open();
  const spec = specOf('a', site.url);
  const order: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = host.use(
    spec,
    async () => {
      order.push('first begins');
      await gate.promise;
      order.push('first ends');
    },
    signal,
  );
  const impatient = new AbortController();
  const second = host.use(spec, async () => order.push('second'), impatient.signal);
  const third = host.use(spec, async () => order.push('third'), signal);
  impatient.abort(new Failure('timed_out'));
  await expect(second).rejects.toMatchObject({ code: 'timed_out' });
  await until(() => order.length === 1);
  gate.resolve();
  await Promise.all([first, third]);
  expect(order).toEqual(['first begins', 'first ends', 'third']);
});

test('when all slots are taken the profile that was idle longest makes room, a watched one last', async () => {
  const { host, events, leases } = await open({ slots: 2 });
  const [a, b, c] = ['a', 'b', 'c'].map((id) => specOf(id, site.url));
  if (!a || !b || !c) throw new Error('unreachable');
  await host.use(a, titleOf, signal);
  await host.use(b, titleOf, signal);
  await host.use(a, titleOf, signal);
  await host.use(c, titleOf, signal);
  expect(host.liveIds().sort()).toEqual(['a', 'c']);
  expect(events).toContainEqual({ is: 'closed', profileId: 'b', reason: 'idle' });
  expect([...leases.held].sort()).toEqual(['a', 'c']);
  const lookAway = host.keepInView('a');
  await host.use(b, titleOf, signal);
  expect(host.liveIds().sort()).toEqual(['a', 'b']);
  lookAway();
});

test('when nothing is idle the next profile waits for a slot, and may give up', async () => {
  const { host } = await open({ slots: 1 });
  const gate = Promise.withResolvers<void>();
  const busy = host.use(specOf('a', site.url), () => gate.promise, signal);
  await until(() => host.isLive('a'));
  await expect(host.use(specOf('b', site.url), titleOf, AbortSignal.timeout(50))).rejects.toMatchObject({ name: 'TimeoutError' });
  const waiting = host.use(specOf('c', site.url), titleOf, signal);
  gate.resolve();
  await busy;
  expect(await waiting).toBe('Loopback');
  expect(host.liveIds()).toEqual(['c']);
});

test('kill -9 of a browser fails the running work, waits a little, and then opens it again', async () => {
  const { host, events, dataDir } = await open({ backoff: { firstMs: 60_000, maxMs: 60_000, resetAfterMs: 60_000 } });
  const spec = specOf('a', site.url);
  const running = host.use(
    spec,
    async (page) => {
      for (const pid of await pidsOf(dataDir, 'a')) process.kill(pid, 'SIGKILL');
      return page.waitForSelector('#never', { timeout: 0 });
    },
    signal,
  );
  await expect(running).rejects.toMatchObject({ code: 'browser_crashed' });
  expect(events.at(-1)).toMatchObject({ is: 'crashed', profileId: 'a', retryAt: expect.any(Date) });
  expect(host.isLive('a')).toBe(false);
  await expect(host.use(spec, titleOf, signal)).rejects.toMatchObject({ code: 'browser_crashed', retryAt: expect.any(Date) });
  await host.start(spec, signal);
  expect(await host.use(spec, titleOf, signal)).toBe('Loopback');
});

test('a started profile comes back by itself after a crash, a stopped one does not', async () => {
  const { host, events, dataDir } = await open();
  await host.start(specOf('a', site.url), signal);
  for (const pid of await pidsOf(dataDir, 'a')) process.kill(pid, 'SIGKILL');
  await until(() => events.some((event) => event.is === 'crashed'));
  await until(() => host.isLive('a'));
  for (const pid of await pidsOf(dataDir, 'a')) process.kill(pid, 'SIGKILL');
  await until(() => events.filter((event) => event.is === 'crashed').length === 2);
  await host.stop('a');
  const opened = events.filter((event) => event.is === 'opened').length;
  await until(async () => (await pidsOf(dataDir, 'a')).length === 0);
  expect(events.filter((event) => event.is === 'opened').length).toBe(opened);
});

test('a start that fails for what may pass is tried again by itself, until it is stopped', async () => {
  const leases = memoryLeases();
  const { acquire } = leases;
  let refusals = 2;
  leases.acquire = async (...ask) => {
    refusals -= 1;
    if (refusals >= 0) throw new Failure('busy');
    return acquire(...ask);
  };
  const { host, events } = await open({ leases });
  await expect(host.start(specOf('a', site.url), signal)).rejects.toMatchObject({ code: 'busy' });
  await until(() => host.isLive('a'));
  expect(events.filter((event) => event.is === 'failed')).toHaveLength(2);
  refusals = 1;
  await expect(host.start(specOf('b', site.url), signal)).rejects.toMatchObject({ code: 'busy' });
  await host.stop('b');
  await host.use(specOf('c', site.url), titleOf, signal);
  expect(host.isLive('b')).toBe(false);
});

test('a page that crashes counts as a crash of its browser', async () => {
  const { host, dataDir } = await open();
  const running = host.use(
    specOf('a', site.url),
    (page) =>
      page
        .goto('chrome://crash')
        .catch(() => undefined)
        .then(() => page.waitForSelector('#never', { timeout: 0 })),
    signal,
  );
  await expect(running).rejects.toMatchObject({ code: 'browser_crashed' });
  await until(async () => (await pidsOf(dataDir, 'a')).length === 0);
});

test('a lost lease aborts the work at once and ends the browser', async () => {
  const { host, leases, events, dataDir } = await open({ leases: memoryLeases(900) });
  let reason: unknown;
  const running = host.use(
    specOf('a', site.url),
    async (page, workSignal, lease) => {
      expect(lease).toMatchObject({ profileId: 'a', fence: 1 });
      expect(lease.remainingMs()).toBeGreaterThan(0);
      workSignal.addEventListener('abort', () => {
        reason = workSignal.reason;
        expect(lease.remainingMs()).toBe(0);
      });
      leases.takeAway('a');
      await page.waitForSelector('#never', { timeout: 0 });
    },
    signal,
  );
  await expect(running).rejects.toMatchObject({ code: 'lease_lost' });
  expect(reason).toMatchObject({ code: 'lease_lost' });
  await until(async () => (await pidsOf(dataDir, 'a')).length === 0);
  expect(events.at(-1)).toMatchObject({ is: 'closed', reason: 'lease_lost' });
  await expect(host.use(specOf('a', site.url), titleOf, signal)).rejects.toMatchObject({ code: 'profile_in_use' });
});

test('a profile whose proxy is missing or dead is not launched and holds no slot or lease', async () => {
  const { host, leases, events } = await open({ slots: 1 });
  const proxy = await startHttpProxy();
  await proxy.close();
  await expect(host.use(specOf('a', site.url, { proxy: { is: 'missing' } }), titleOf, signal)).rejects.toMatchObject({ code: 'proxy_missing' });
  const dead = specOf('a', site.url, { proxy: { is: 'proxy', url: proxy.url } });
  await expect(host.use(dead, titleOf, signal)).rejects.toMatchObject({ code: 'proxy_dead' });
  expect(events.filter((event) => event.is === 'opened')).toEqual([]);
  expect(leases.held.size).toBe(0);
  expect(site.visits).toEqual([]);
  expect(await host.use(specOf('b', site.url), titleOf, signal)).toBe('Loopback');
});

test('a changed proxy closes the browser and opens it anew before the next work', async () => {
  const { host, events } = await open();
  const proxy = await startHttpProxy();
  ends.push(() => proxy.close());
  await host.use(specOf('a', site.url), titleOf, signal);
  await host.use(specOf('a', site.url, { proxy: { is: 'proxy', url: proxy.url } }), titleOf, signal);
  expect(proxy.seen.length).toBeGreaterThan(0);
  expect(events.map((event) => event.is)).toEqual(['launching', 'opened', 'closing', 'closed', 'launching', 'opened']);
});

test('stop lets running work end, turns away what waits, and leaves no process', async () => {
  const { host, events, dataDir } = await open();
  const spec = specOf('a', site.url);
  const gate = Promise.withResolvers<string>();
  const running = host.use(spec, () => gate.promise, signal);
  await until(() => host.isLive('a'));
  const waiting = host.use(spec, titleOf, signal);
  const stopping = host.stop('a');
  await expect(waiting).rejects.toMatchObject({ code: 'not_ready' });
  gate.resolve('done');
  expect(await running).toBe('done');
  await stopping;
  expect(events.at(-1)).toEqual({ is: 'closed', profileId: 'a', reason: 'asked' });
  expect(await pidsOf(dataDir, 'a')).toEqual([]);
});

test('ending the host aborts work, closes everything and takes nothing new', async () => {
  const { host, dataDir, leases } = await open();
  const running = host.use(
    specOf('a', site.url),
    (page, workSignal) =>
      new Promise((_done, fail) => {
        workSignal.addEventListener('abort', () => fail(workSignal.reason));
        void page;
      }),
    signal,
  );
  await until(() => host.isLive('a'));
  const failed = expect(running).rejects.toMatchObject({ code: 'stopping' });
  await host[Symbol.asyncDispose]();
  await failed;
  expect(await pidsOf(dataDir, 'a')).toEqual([]);
  expect(leases.held.size).toBe(0);
  await expect(host.use(specOf('a', site.url), titleOf, signal)).rejects.toMatchObject({ code: 'stopping' });
});

async function open(options: Parameters<typeof openHost>[0] = {}): Promise<OpenHost> {
  const opened = await openHost(options);
  ends.push(opened.close);
  return opened;
}
