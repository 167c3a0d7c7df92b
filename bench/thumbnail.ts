import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright';
import { WebSocket } from 'ws';
import { bareConfig } from '#bin/bare-config.ts';
import { startProduct } from '#bin/product.ts';
import { findBrowser } from '#browser-profiles/find-browser.ts';
import { startLab } from '#lab/start.ts';
import { tell } from '#lab/tell.ts';
import { alternate, type Figure, figureOf, type MeasureAsk, median } from './figure.ts';
import { type FrameCount, frameAfter, untilQuiet } from './frame-count.ts';
import { prepareProfile } from './whatsapp-profile.ts';

/** Changes per leg; a leg's figure is their median. */
const usualChanges = 10;
/** As the product's own thumbnails are. */
const format = { format: 'jpeg', quality: 50, maxWidth: 640, maxHeight: 400 } as const;

/**
 * Milliseconds from a change of a page to its picture: somebody writes to a WhatsApp-like profile until the frame is at a client of /ws,
 * against the same page in a browser of our own, changed by its script, whose screencast ends in a local handler.
 */
export async function measureThumbnail({ pairs, size, say, signal }: MeasureAsk): Promise<Figure> {
  const changes = size ?? usualChanges;
  const dataDir = await mkdtemp(join(tmpdir(), 'patchbay-bench-'));
  try {
    await using parts = new AsyncDisposableStack();
    const lab = parts.use(await startLab());
    const product = parts.use(await startProduct(bareConfig(dataDir), () => undefined));
    const { profileId, number, token } = await prepareProfile({ product, lab, signal });
    const viewer = await watchBySocket(product.url, token, profileId);
    parts.defer(() => viewer.close());
    const cast = await castBare(lab.whatsapp.url);
    parts.defer(() => cast.browser.close());
    let written = 0;
    const write = async () => {
      written += 1;
      await tell(`${lab.whatsapp.control}/incoming`, { to: number, from: '4915599900001', text: `Message ${written}` });
    };
    const leg = async (frames: FrameCount, change: () => Promise<void>) => {
      const took: number[] = [];
      for (let nth = 0; nth < changes; nth += 1) {
        await untilQuiet(frames, signal);
        took.push(await frameAfter(frames, change, signal));
      }
      return median(took);
    };
    const ours = () => leg(viewer.frames, write);
    const bare = () => leg(cast.frames, cast.change);
    await ours();
    const measured = await alternate(pairs, ours, bare);
    for (const [nth, pair] of measured.entries()) say(`thumbnail ${nth}: /ws ${Math.round(pair.ours)} ms, bare ${Math.round(pair.bare)} ms`);
    return figureOf({ name: 'thumbnail', unit: 'ms (p50)', pairs: measured, promised: null, notes: { 'changes per leg': changes } });
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function watchBySocket(url: string, token: string, profileId: string): Promise<{ frames: FrameCount; close(): void }> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`);
  const frames: FrameCount = { seen: 0, lastAt: 0 };
  const ready = Promise.withResolvers<void>();
  socket.on('error', ready.reject);
  socket.on('open', () => socket.send(JSON.stringify({ type: 'authenticate', token })));
  socket.on('message', (data, isBinary) => {
    if (isBinary) {
      frames.seen += 1;
      frames.lastAt = performance.now();
    } else if (String(data).includes('"ready"')) {
      socket.send(JSON.stringify({ type: 'watch', profileIds: [profileId] }));
      ready.resolve();
    }
  });
  await ready.promise;
  return { frames, close: () => socket.close() };
}

/** The stand-in's first page, and a line on it that changes. */
async function castBare(url: string): Promise<{ frames: FrameCount; browser: Browser; change(): Promise<void> }> {
  const executablePath = findBrowser({})?.path;
  const browser = await chromium.launch({ ...(executablePath ? { executablePath } : {}), chromiumSandbox: false });
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(url);
  const session = await page.context().newCDPSession(page);
  const frames: FrameCount = { seen: 0, lastAt: 0 };
  session.on('Page.screencastFrame', ({ sessionId }) => {
    frames.seen += 1;
    frames.lastAt = performance.now();
    void session.send('Page.screencastFrameAck', { sessionId }).catch(() => undefined);
  });
  await session.send('Page.startScreencast', format);
  const change = async () => {
    await page.evaluate(`{
      const line = document.querySelector('#bench-line') ?? document.body.appendChild(document.createElement('p'));
      line.id = 'bench-line';
      line.style.cssText = 'position: fixed; inset: 0 auto auto 0; z-index: 9; font-size: 32px';
      line.textContent = 'Message ' + performance.now();
    }`);
  };
  return { frames, browser, change };
}
