import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { seededRandom } from '#workers/testing/seeded.ts';
import { type ClientsAnswer, type ClientsAsk, clockOf } from './fan-out-words.ts';

/** Many open pages, in a process of their own: what they hear, and when. */
type Page = { nth: number; url: string; token: string | null; socket: WebSocket | null; cursor: string | null; heard: string[] };
type Frame = { type: string; cursor?: string; event?: { messageId?: string } };

let pages: Page[] = [];
let arrivals: { id: string; at: number }[] = [];
const answer = (one: ClientsAnswer) => void process.send?.(one);

/** Settles when it may hear: a product's socket says so, a bare one is open. */
async function open(page: Page): Promise<void> {
  const socket = new WebSocket(page.url);
  page.socket = socket;
  const { promise: isReady, resolve } = Promise.withResolvers<void>();
  socket.on('error', () => undefined);
  socket.on('message', (data) => {
    const frame: Frame = JSON.parse(String(data)); // What we started sends it.
    if (page.socket !== socket) return;
    if (frame.type === 'resync') throw new Error('A page was told to read anew.');
    if (frame.cursor) page.cursor = frame.cursor;
    if (frame.type === 'ready') resolve();
    const id = frame.event?.messageId;
    if (!id) return;
    arrivals.push({ id, at: clockOf() });
    page.heard.push(id);
  });
  await once(socket, 'open');
  if (page.token === null) resolve();
  else socket.send(JSON.stringify({ type: 'authenticate', token: page.token, ...(page.cursor && { after: page.cursor }) }));
  await isReady;
}

/** Lines that break one after the other, each made again at once with the cursor that its page had. */
async function cut(times: number, everyMs: number, seed: number): Promise<void> {
  const random = seededRandom(seed);
  for (let nth = 0; nth < times; nth += 1) {
    const page = pages[Math.floor(random() * pages.length)];
    if (!page) return;
    page.socket?.terminate();
    await open(page);
    await wait(everyMs);
  }
}

async function take(ask: ClientsAsk): Promise<void> {
  if (ask.kind === 'open') {
    for (const page of pages) page.socket?.terminate();
    pages = [];
    for (const { url, token } of ask.rooms) {
      const room = Array.from({ length: ask.each }, (_, nth): Page => ({ nth, url, token, socket: null, cursor: null, heard: [] }));
      await Promise.all(room.map(open));
      pages.push(...room);
    }
    answer({ kind: 'done' });
  } else if (ask.kind === 'cut') {
    await cut(ask.times, ask.everyMs, ask.seed);
    answer({ kind: 'done' });
  } else {
    for (let tries = 0; tries < 200 && pages.some((page) => page.heard.length < ask.each); tries += 1) await wait(50);
    const heard = pages.map((page) => page.heard);
    answer({ kind: 'heard', arrivals, heard: ask.wantsHeard ? heard : [], isWhole: heard.every((ids) => ids.length === ask.each) });
    arrivals = [];
    for (const page of pages) page.heard = [];
  }
}

let work = Promise.resolve();
process.on('message', (ask: ClientsAsk) => {
  work = work.then(() => take(ask));
});
answer({ kind: 'done' });
