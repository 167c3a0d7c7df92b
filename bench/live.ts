import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { chromium } from 'playwright';
import { WebSocket } from 'ws';
import { bareConfig } from '#bin/bare-config.ts';
import { signUp } from '#bin/demo/http-client.ts';
import { ownKey } from '#bin/own-key.ts';
import { type Product, startProduct } from '#bin/product.ts';
import { findBrowser } from '#browser-profiles/find-browser.ts';
import { decodeFrame } from '#core/live-frame.ts';
import { openDatabase } from '#sql/database.ts';
import { anyHost } from '#sql/leases.ts';
import { createSealer } from '#sql/sealed.ts';
import { alternate, type Figure, figureOf, type MeasureAsk, type Pair } from './figure.ts';
import { type FrameCount, frameAfter, untilQuiet } from './frame-count.ts';
import { type MovingSite, startMovingSite } from './moving-site.ts';

/** Changes of the page that stands still, per leg: enough for a 95th percentile. */
const usualChanges = 20;
/** How long the page moves in a leg. */
const moveMs = 4_000;
/** How long a busy machine may take for the first frame of a page that begins to move. */
const longestMs = 30_000;
/** As the product's own live view is. */
const format = { format: 'jpeg', quality: 60, maxWidth: 1280, maxHeight: 800 } as const;
const person = { email: 'bench@patchbay.test', password: 'bench-of-each-frame', name: 'Bench', workspace: 'Bench', zone: 'UTC' };

/** Frames as they arrive, and how old each was. */
type Seen = FrameCount & { ages: number[] };
type Leg = { p50: number; p95: number; frames: number };

/**
 * Milliseconds until a frame is at a client of /ws, against a screencast of the same page in a browser of our own that ends in a local handler:
 * of a page that stands still, from its change; of one that moves, from the moment that Chromium gives each frame. Afterwards the page goes on
 * moving and nobody watches: then no frame may be made.
 */
export async function measureLive({ pairs, size, say, signal }: MeasureAsk): Promise<Figure[]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'patchbay-bench-'));
  try {
    await using parts = new AsyncDisposableStack();
    const [ourSite, bareSite] = [parts.use(await startMovingSite()), parts.use(await startMovingSite())];
    const product = parts.use(await startProduct(bareConfig(dataDir), say));
    const viewer = await watchLive(product, ourSite.url, signal);
    parts.defer(() => viewer.close());
    const bare = await castBare(bareSite.url);
    parts.defer(() => bare.close());
    const still = (seen: Seen, site: MovingSite) => stillLeg({ site, seen, changes: size ?? usualChanges, signal });
    const moving = (seen: Seen, site: MovingSite) => movingLeg({ site, seen, signal });
    const figures: Figure[] = [];
    for (const [name, leg] of Object.entries({ still, moving })) {
      await leg(viewer.seen, ourSite);
      await leg(bare.seen, bareSite);
      figures.push(...(await comparePages({ name, pairs, say, ours: () => leg(viewer.seen, ourSite), bare: () => leg(bare.seen, bareSite) })));
    }
    const unwatched = await framesUnwatched({ product, dataDir, site: ourSite, close: viewer.close, signal });
    say(`live: ${unwatched} frames of a moving page with nobody watching`);
    if (unwatched > 0) throw new Error(`${unwatched} frames were made while nobody watched`);
    return figures.map((figure) => ({ ...figure, notes: { ...figure.notes, 'frames unwatched': unwatched } }));
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

type Compared = { name: string; pairs: number; say: (line: string) => void; ours: () => Promise<Leg>; bare: () => Promise<Leg> };

async function comparePages({ name, pairs, say, ours, bare }: Compared): Promise<Figure[]> {
  const legs: { ours: Leg[]; bare: Leg[] } = { ours: [], bare: [] };
  const keep = (side: 'ours' | 'bare', measure: () => Promise<Leg>) => async () => {
    const leg = await measure();
    legs[side].push(leg);
    return leg.p50;
  };
  await alternate(pairs, keep('ours', ours), keep('bare', bare));
  const pairsOf = (what: keyof Leg): Pair[] => legs.ours.map((leg, nth) => ({ ours: leg[what], bare: legs.bare[nth]?.[what] ?? Number.NaN }));
  const notes = { frames: `${sum(legs.ours)} against ${sum(legs.bare)}` };
  const figures = [
    figureOf({ name: `live ${name} p50`, unit: 'ms', pairs: pairsOf('p50'), promised: 1.2, isMost: true, notes }),
    figureOf({ name: `live ${name} p95`, unit: 'ms', pairs: pairsOf('p95'), promised: 1.5, isMost: true, notes }),
  ];
  for (const figure of figures) say(`${figure.name}: ${figure.pairs.map((pair) => `${pair.ours.toFixed(1)}/${pair.bare.toFixed(1)}`).join(' ')}`);
  return figures;
}

const sum = (legs: readonly Leg[]): number => legs.reduce((total, leg) => total + leg.frames, 0);

type LegAsk = { site: MovingSite; seen: Seen; signal: AbortSignal };

async function stillLeg({ site, seen, changes, signal }: LegAsk & { changes: number }): Promise<Leg> {
  const took: number[] = [];
  for (let nth = 0; nth < changes; nth += 1) {
    await untilQuiet(seen, signal);
    took.push(await frameAfter(seen, async () => site.tell('change'), signal));
  }
  return legOf(took);
}

async function movingLeg({ site, seen, signal }: LegAsk): Promise<Leg> {
  await untilQuiet(seen, signal);
  seen.ages = [];
  site.tell('move');
  await wait(moveMs, undefined, { signal });
  site.tell('rest');
  return legOf(seen.ages);
}

function legOf(took: readonly number[]): Leg {
  const sorted = took.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
  return { p50: at(0.5), p95: at(0.95), frames: took.length };
}

const newSeen = (): Seen => ({ seen: 0, lastAt: 0, ages: [] });
function see(seen: Seen, capturedAt: number): void {
  seen.seen += 1;
  seen.lastAt = performance.now();
  seen.ages.push(performance.timeOrigin + seen.lastAt - capturedAt);
}

/** A running profile whose page is the site's, watched as the live view of the dashboard watches. */
async function watchLive(product: Product, baseUrl: string, signal: AbortSignal): Promise<{ seen: Seen; close(): void }> {
  const client = await signUp(product.url, person);
  const { id } = await client.addProfile({ body: { channel: 'whatsapp-web', name: 'one', baseUrl } });
  await client.startProfile({ params: { id } });
  const { accessToken: token } = await client.login({ body: { email: person.email, password: person.password } });
  const socket = new WebSocket(`${product.url.replace('http', 'ws')}/ws`);
  const seen = newSeen();
  socket.on('open', () => socket.send(JSON.stringify({ type: 'authenticate', token })));
  socket.on('message', (data: Buffer, isBinary) => {
    const frame = isBinary ? decodeFrame(data.subarray(16)) : null;
    if (frame) see(seen, frame.at);
    else if (String(data).includes('"ready"')) socket.send(JSON.stringify({ type: 'look', profileId: id }));
  });
  while (seen.seen === 0 || (await client.readProfile({ params: { id } })).state !== 'ready') await wait(200, undefined, { signal });
  return { seen, close: () => socket.close() };
}

async function castBare(url: string): Promise<{ seen: Seen; close(): Promise<void> }> {
  const executablePath = findBrowser({})?.path;
  const browser = await chromium.launch({ ...(executablePath ? { executablePath } : {}), chromiumSandbox: false });
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(url);
  const session = await page.context().newCDPSession(page);
  const seen = newSeen();
  session.on('Page.screencastFrame', ({ data, sessionId, metadata }) => {
    // What every handler of frames does with one: the bytes of the picture.
    Buffer.from(data, 'base64');
    see(seen, (metadata.timestamp ?? 0) * 1000);
    void session.send('Page.screencastFrameAck', { sessionId }).catch(() => undefined);
  });
  await session.send('Page.startScreencast', format);
  return { seen, close: () => browser.close() };
}

type Unwatched = { product: Product; dataDir: string; site: MovingSite; close(): void; signal: AbortSignal };

/** How many frames the worker made of a moving page in some seconds after its only viewer had left. */
async function framesUnwatched({ product, dataDir, site, close, signal }: Unwatched): Promise<number> {
  await using database = await openDatabase({ url: product.databaseUrl, max: 1 });
  const host = await anyHost(database.db);
  if (!host) throw new Error('The worker is gone');
  const secret = createSealer(await ownKey(dataDir, () => undefined)).openText(host.sealedSecret);
  const count = async () => {
    const answer = await fetch(`${host.url}/frames`, { headers: { authorization: `Bearer ${secret}` } });
    return ((await answer.json()) as { captured: number }).captured; // Its own worker.
  };
  site.tell('move');
  const watched = await count();
  const begun = performance.now();
  while ((await count()) === watched) {
    if (performance.now() - begun > longestMs) throw new Error('A watched page that moves makes no frames: the count proves nothing');
    await wait(200, undefined, { signal });
  }
  close();
  // The worker hears of the end a moment later.
  await wait(1_000, undefined, { signal });
  const left = await count();
  await wait(5_000, undefined, { signal });
  return (await count()) - left;
}
