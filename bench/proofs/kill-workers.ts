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
    let killedAt = new Date(0);
    while (total < options.kills && !signal.aborted) {
      const campaign = await client.readCampaign({ params: { id: campaignId } });
      if (campaign.state === 'finished') break;
      const point: Point = total % 3 === 0 ? (points[Math.floor(total / 3) % (points.length - 1)] ?? 'random') : 'random';
      const pid = await nextWorker(product, last, signal);
      // One kill in eight aims at the mail lane, where a crash leaves at most a pool of uncertain mails.
      const aim = { since: killedAt, channel: random() < 0.125 ? 'mail' : 'web' } as const;
      if (!(await reach({ watcher, lab, signal }, { ...aim, point, random }))) continue;
      process.kill(pid, 'SIGKILL');
      last = pid;
      killedAt = new Date();
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
async function reach({ watcher, lab, signal }: { watcher: pg.Client; lab: Lab; signal: AbortSignal }, aim: Aim): Promise<boolean> {
  const { point, random } = aim;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(30_000)]);
  const known = await counts(watcher, aim);
  const heldBefore = lab.whatsapp.lab.messages.size;
  while (!limit.aborted) {
    const now = await counts(watcher, aim);
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

type Aim = { since: Date; channel: 'mail' | 'web'; point: Point; random: () => number };

/** Only what this worker has begun itself: leftovers of the one before are not a moment of a send. */
async function counts(watcher: pg.Client, { since, channel }: Aim): Promise<{ claimed: number; committing: number; sent: number }> {
  const { rows } = await watcher.query(
    `select count(*) filter (where d.state = 'claimed' and d.claimed_at > $1)::int as claimed,
            count(*) filter (where d.state = 'committing' and d.committing_at > $1)::int as committing,
            count(*) filter (where d.state in ('sent', 'delivered', 'read'))::int as sent
       from deliveries d join accounts a on a.id = d.account_id where (a.channel = 'email') = ($2 = 'mail')`,
    [since, channel],
  );
  return rows[0];
}
