import { createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProgram } from '#bin/start-program.ts';
import { startEmbeddedPostgres } from '#sql/embedded.ts';
import { migrate } from '#sql/migrate.ts';
import { alternate, type Figure, figureOf, type MeasureAsk, type Pair } from './figure.ts';

/** Bodies per leg: enough for a 99th percentile that is not its single worst one. */
const usualBodies = 3_000;
/** Platforms open several connections at once and keep them. */
const connections = 16;
const secret = 'bench-of-webhooks';
const program = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** `p99` in milliseconds. */
type Leg = { perSecond: number; p99: number };

/**
 * Signed bodies taken in over HTTP, by the product's server against one bare Express route with the same check and a single insert; both are
 * processes of their own on one Postgres that writes safely. What a worker does with the bodies later is no part of either.
 */
export async function measureWebhooks({ pairs, size, say, signal }: MeasureAsk): Promise<Figure[]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'patchbay-bench-'));
  try {
    await using parts = new AsyncDisposableStack();
    const postgres = parts.use(await startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres') }));
    await migrate(postgres.adminUrl);
    const start = async (name: string) => parts.use(await startTaker(program(name), { dataDir, databaseUrl: postgres.adminUrl }));
    const [product, bare] = [await start('../server/main.ts'), await start('./bare-ingest.ts')];
    const bodies = Array.from({ length: size ?? usualBodies }, (_, nth) => bodyOf(nth));
    const legs: { ours: Leg[]; bare: Leg[] } = { ours: [], bare: [] };
    const run = (side: 'ours' | 'bare', taker: Taker) => async () => {
      const leg = await bringAll(taker.url, bodies, signal);
      legs[side].push(leg);
      return leg.perSecond;
    };
    // The first leg of each warms its plans and its code, and is not counted.
    await bringAll(product.url, bodies, signal);
    await bringAll(bare.url, bodies, signal);
    const rates = await alternate(pairs, run('ours', product), run('bare', bare));
    const late: Pair[] = legs.ours.map((leg, nth) => ({ ours: leg.p99, bare: legs.bare[nth]?.p99 ?? Number.NaN }));
    const notes = { bodies: bodies.length, connections };
    say(`webhooks: ${rates.map((pair) => `${Math.round(pair.ours)}/${Math.round(pair.bare)}`).join(' ')} bodies a second`);
    return [
      figureOf({ name: 'webhooks', unit: 'bodies/s', pairs: rates, promised: 0.85, notes }),
      figureOf({ name: 'webhooks p99', unit: 'ms', pairs: late, promised: 1.5, isMost: true, notes }),
    ];
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

type Taker = AsyncDisposable & { url: string };

async function startTaker(path: string, { dataDir, databaseUrl }: { dataDir: string; databaseUrl: string }): Promise<Taker> {
  const env = {
    DATABASE_URL: databaseUrl,
    META_APP_SECRET: secret,
    PATCHBAY_KEY: 'bench-key-of-at-least-32-characters',
    DATA_DIR: dataDir,
    PORT: '0',
    LOG_LEVEL: 'warn',
  };
  const started = await startProgram([process.execPath, path, databaseUrl, secret], /ready at (http:\S+)/, { env });
  return { url: started.ready[1] ?? '', [Symbol.asyncDispose]: () => started[Symbol.asyncDispose]() };
}

type Signed = { body: Buffer; signature: string };

/** What WhatsApp brings for one message that a person wrote. */
function bodyOf(nth: number): Signed {
  const message = {
    from: '4915112345678',
    id: `wamid.${nth}`,
    timestamp: '1700000000',
    type: 'text',
    text: { body: `Message ${nth}, with some words` },
  };
  const value = {
    messaging_product: 'whatsapp',
    metadata: { display_phone_number: '4930123456', phone_number_id: '106540352242922' },
    contacts: [{ wa_id: '4915112345678', profile: { name: 'Ann' } }],
    messages: [message],
  };
  const body = Buffer.from(JSON.stringify({ object: 'whatsapp_business_account', entry: [{ id: '1', changes: [{ field: 'messages', value }] }] }));
  return { body, signature: `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` };
}

async function bringAll(url: string, bodies: readonly Signed[], signal: AbortSignal): Promise<Leg> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const waiting = bodies.values();
  const took: number[] = [];
  const bringSome = async () => {
    for (const one of waiting) {
      const begun = performance.now();
      await bring(`${url}/api/webhooks/whatsapp`, one, agent, signal);
      took.push(performance.now() - begun);
    }
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: connections }, bringSome));
  const perSecond = (bodies.length * 1000) / (performance.now() - begun);
  agent.destroy();
  const sorted = took.toSorted((a, b) => a - b);
  return { perSecond, p99: sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Number.NaN };
}

function bring(url: string, { body, signature }: Signed, agent: Agent, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': body.length, 'x-hub-signature-256': signature };
    const sending = request(url, { method: 'POST', agent, headers, signal }, (response) => {
      response.resume();
      response.on('end', () => (response.statusCode === 200 ? resolve() : reject(new Error(`A body was answered with ${response.statusCode}.`))));
    });
    sending.on('error', reject);
    sending.end(body);
  });
}
