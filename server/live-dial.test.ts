import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { encodeFrame, type LiveFrame } from '#core/live-frame.ts';
import { noTabs, type PageTabs } from '#core/tabs.ts';
import { createLiveDial, type LiveDial, type WorkerDoor } from './live-dial.ts';

const profile = { workspaceId: 'w', profileId: 'a' };
const signal = new AbortController().signal;
const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

test('viewers share one connection, a newcomer gets the last frame at once, and the last to leave hangs up', async () => {
  const worker = await startWorker();
  const dial = open(() => worker.door);
  const first = watch(dial);
  await until(() => worker.sockets.size === 1);
  worker.send(1);
  await until(() => first.seen.length === 1);
  const second = watch(dial);
  expect(second.seen).toEqual([1]);
  expect(dial.upstreams()).toBe(1);
  expect(worker.paths).toEqual(['/live?profile=a&kind=thumb']);
  first.leave();
  worker.send(2);
  await until(() => second.seen.length === 2);
  expect(first.seen).toEqual([1]);
  second.leave();
  expect(dial.upstreams()).toBe(0);
  await until(() => worker.sockets.size === 0);
});

test('a profile that has no worker yet, loses it, or moves to another one is followed', async () => {
  const [one, two] = [await startWorker(), await startWorker()];
  let door: WorkerDoor | null = null;
  const dial = open(() => door);
  const viewer = watch(dial);
  door = one.door;
  await until(() => one.sockets.size === 1);
  one.send(1);
  await until(() => viewer.seen.length === 1);
  for (const socket of one.sockets) socket.terminate();
  await until(() => one.paths.length === 2 && one.sockets.size === 1);
  door = two.door;
  await until(() => two.sockets.size === 1 && one.sockets.size === 0);
  two.send(2);
  await until(() => viewer.seen.length === 2);
  expect(viewer.seen).toEqual([1, 2]);
});

test('a viewer of another workspace does not share what this one may see', async () => {
  const worker = await startWorker();
  const dial = createLiveDial({ hostOf: async ({ workspaceId }) => (workspaceId === 'w' ? worker.door : null), lookEveryMs: 20 });
  ends.push(() => dial.close());
  const own = watch(dial);
  await until(() => worker.sockets.size === 1);
  worker.send(1);
  await until(() => own.seen.length === 1);
  const stranger = watch(dial, { workspaceId: 'x', profileId: 'a' });
  worker.send(2);
  await until(() => own.seen.length === 2);
  expect(stranger.seen).toEqual([]);
});

test('a slow viewer misses frames and does not hold up the others', async () => {
  const worker = await startWorker();
  const dial = open(() => worker.door);
  const quick = watch(dial);
  const slow: number[] = [];
  const gate = Promise.withResolvers<void>();
  const leaving = new AbortController();
  dial.watch(
    profile,
    'thumb',
    {
      show: (frame) => {
        slow.push(frame.at);
        return slow.length === 1 ? gate.promise : undefined;
      },
    },
    leaving.signal,
  );
  await until(() => worker.sockets.size === 1);
  for (const at of [1, 2, 3, 4]) worker.send(at);
  await until(() => quick.seen.length === 4);
  gate.resolve();
  await until(() => slow.length === 2);
  expect(slow).toEqual([1, 4]);
});

test('the tabs of a browser are told with its live picture, to a newcomer at once, and as none when its worker is gone', async () => {
  const worker = await startWorker();
  const dial = open(() => worker.door);
  const told: PageTabs[][] = [[], []];
  const look = (who: number) => dial.watch(profile, 'live', { show: () => undefined, tell: (tabs) => void told[who]?.push(tabs) }, signal);
  look(0);
  await until(() => worker.sockets.size === 1);
  const tabs = { ...noTabs, tabs: [{ id: 1, title: 'Chats', site: 'web.example', isOwn: true, isShown: true }] };
  for (const socket of worker.sockets) for (const text of ['no JSON', '{}', JSON.stringify(tabs)]) socket.send(text);
  await until(() => told[0]?.length === 1);
  look(1);
  expect(told).toEqual([[tabs], [tabs]]);
  for (const socket of worker.sockets) socket.terminate();
  await until(() => told[0]?.length === 2 && told[1]?.length === 2);
  expect(told[1]?.at(-1)).toEqual(noTabs);
});

test('a picture comes from the worker that holds the profile, and its refusal is told as it is', async () => {
  const worker = await startWorker();
  const dial = open(() => worker.door);
  expect((await dial.screenshot(profile, signal)).toString()).toBe('picture of /screenshot/a');
  await expect(dial.thumbnail({ ...profile, profileId: 'closed' }, signal)).rejects.toMatchObject({ code: 'not_ready', message: 'It is closed.' });
  await expect(open(() => null).screenshot(profile, signal)).rejects.toMatchObject({ code: 'no_host' });
  await expect(open(() => ({ ...worker.door, secret: 'old' })).screenshot(profile, signal)).rejects.toMatchObject({ code: 'no_host' });
  await expect(open(() => ({ url: 'http://127.0.0.1:9', secret: '' })).screenshot(profile, signal)).rejects.toMatchObject({ code: 'no_host' });
});

function open(door: () => WorkerDoor | null): LiveDial {
  const dial = createLiveDial({ hostOf: async () => door(), lookEveryMs: 20 });
  ends.push(() => dial.close());
  return dial;
}

function watch(dial: LiveDial, whom = profile): { seen: number[]; leave(): void } {
  const seen: number[] = [];
  const leaving = new AbortController();
  dial.watch(whom, 'thumb', { show: (frame) => void seen.push(frame.at) }, leaving.signal);
  return { seen, leave: () => leaving.abort() };
}

type FakeWorker = { door: WorkerDoor; sockets: Set<WebSocket>; paths: string[]; send(at: number): void };

/** The other end of the wire: a worker is another process, so only its protocol is played here. */
async function startWorker(): Promise<FakeWorker> {
  const secret = 'right';
  const server = createServer((asked, answer) => {
    if (asked.headers.authorization !== `Bearer ${secret}`) return void answer.writeHead(401).end('{}');
    if (asked.url?.endsWith('closed'))
      return void answer.writeHead(409).end(JSON.stringify({ error: { code: 'not_ready', message: 'It is closed.' } }));
    answer.end(`picture of ${asked.url}`);
  });
  const sockets = new Set<WebSocket>();
  const paths: string[] = [];
  new WebSocketServer({ server }).on('connection', (socket, asked) => {
    paths.push(asked.url ?? '');
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  ends.push(() => {
    for (const socket of sockets) socket.terminate();
    server.closeAllConnections();
    return new Promise<void>((resolve) => void server.close(() => resolve()));
  });
  const send = (at: number) => {
    const frame: LiveFrame = { kind: 'thumb', width: 1280, height: 800, at, jpeg: new Uint8Array([0xff, 0xd8]) };
    for (const socket of sockets) socket.send(encodeFrame(frame));
  };
  // A listening TCP server has an AddressInfo.
  return { door: { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, secret }, sockets, paths, send };
}

const until = (claim: () => boolean) => vi.waitUntil(claim, { timeout: 5000, interval: 5 });
