import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import type { Product } from '#bin/product.ts';
import type { Client } from '#core/api/client.ts';
import type { Lab } from '#lab/start.ts';
import { type ProofOptions, seededRandom } from './options.ts';

type Ask = { product: Product; lab: Lab; client: Client; campaignId: string; options: ProofOptions; signal: AbortSignal };
export type Kills = { total: number; at: Record<string, number> };

/** Where a send stands when the worker is killed: the moment it is seen, and some milliseconds later. */
const points = ['claimed', 'committing', 'held by the messenger', 'acknowledged', 'settled', 'random'] as const;
type Point = (typeof points)[number];

/**
 * Kills the worker with SIGKILL, `options.kills` times. A third aims at each named step of a send in turn, the rest at random moments up to
 * 400 ms after something began to commit. The product starts the worker again by itself.
 */
export async function killWorkers({ product, lab, client, campaignId, options, signal }: Ask): Promise<Kills> {
  const random = seededRandom(options.seed);
  const at: Record<string, number> = {};
  const watcher = new pg.Client({ connectionString: product.databaseUrl });
  await watcher.connect();
  try {
    let total = 0;
    let last: number | undefined;
    while (total < options.kills && !signal.aborted) {
      const campaign = await client.readCampaign({ params: { id: campaignId } });
      if (campaign.state === 'finished') break;
      const point: Point = total % 3 === 0 ? (points[Math.floor(total / 3) % (points.length - 1)] ?? 'random') : 'random';
      const pid = await nextWorker(product, last, signal);
      if (!(await reach({ watcher, lab, signal }, point, random))) continue;
      process.kill(pid, 'SIGKILL');
      last = pid;
      total += 1;
      at[point] = (at[point] ?? 0) + 1;
    }
    return { total, at };
  } finally {
    await watcher.end();
  }
}

async function nextWorker(product: Product, last: number | undefined, signal: AbortSignal): Promise<number> {
  while (true) {
    signal.throwIfAborted();
    const pid = product.workerPid();
    if (pid !== undefined && pid !== last) return pid;
    await wait(20, undefined, { signal });
  }
}

/** Resolves true at the wanted moment, false when it did not come within 30 s: the caller looks whether there is work left. */
async function reach(
  { watcher, lab, signal }: { watcher: pg.Client; lab: Lab; signal: AbortSignal },
  point: Point,
  random: () => number,
): Promise<boolean> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(30_000)]);
  const known = await counts(watcher);
  const heldBefore = lab.whatsapp.lab.messages.size;
  while (!limit.aborted) {
    const now = await counts(watcher);
    const isHeld = lab.whatsapp.lab.messages.size > heldBefore;
    const hit =
      (point === 'claimed' && now.claimed > 0) ||
      (point === 'committing' && now.committing > 0) ||
      (point === 'held by the messenger' && isHeld && now.committing > 0) ||
      (point === 'acknowledged' && isHeld && now.committing > 0) ||
      (point === 'settled' && now.sent > known.sent) ||
      (point === 'random' && now.committing > 0);
    if (hit) {
      if (point === 'acknowledged') await wait(160);
      if (point === 'random') await wait(Math.floor(random() * 400));
      return true;
    }
    await wait(2, undefined, { signal: limit }).catch(() => undefined);
  }
  signal.throwIfAborted();
  return false;
}

async function counts(watcher: pg.Client): Promise<{ claimed: number; committing: number; sent: number }> {
  const { rows } =
    await watcher.query(`select count(*) filter (where state = 'claimed')::int as claimed, count(*) filter (where state = 'committing')::int as committing,
    count(*) filter (where state in ('sent', 'delivered', 'read'))::int as sent from deliveries`);
  return rows[0];
}
