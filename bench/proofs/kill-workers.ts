import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import type { Product } from '#bin/product.ts';
import type { Client } from '#core/api/client.ts';
import type { Lab } from '#lab/start.ts';
import { type ProofOptions, seededRandom } from './options.ts';

type Ask = { product: Product; lab: Lab; client: Client; campaignId: string; options: ProofOptions; signal: AbortSignal };
export type Kills = { total: number; at: Record<string, number>; missed: number };

/** Where a send stands when the worker is killed: the moment it is seen, and some milliseconds later. */
const steps = ['claimed', 'committing', 'held by the messenger', 'acknowledged', 'settled'] as const;
type Point = (typeof steps)[number] | 'random';
type Aimed = { point: Point; channel: 'mail' | 'web' };

/** Outside these two steps a kill counts only when it left something `committing`. */
const leavesNothing: readonly Point[] = ['claimed', 'settled'];

/**
 * Kills the worker with SIGKILL: once at each step of a send, then at `options.kills` random moments up to 300 ms after something began to
 * commit. A kill that came too late to leave anything `committing` is not counted and is done again. The product starts the worker again by
 * itself.
 */
export async function killWorkers({ product, lab, client, campaignId, options, signal }: Ask): Promise<Kills> {
  const random = seededRandom(options.seed);
  const plan = planOf(options, random);
  const kills: Kills = { total: 0, at: {}, missed: 0 };
  const watcher = new pg.Client({ connectionString: product.databaseUrl });
  await watcher.connect();
  try {
    let last: number | undefined;
    let killedAt = new Date(0);
    for (let aimed = plan.shift(); aimed && !signal.aborted; ) {
      const campaign = await client.readCampaign({ params: { id: campaignId } });
      if (campaign.state === 'finished') break;
      const pid = await nextWorker(product, last, signal);
      const aim = { ...aimed, since: killedAt, random };
      if (!(await reach({ watcher, lab, signal }, aim))) {
        // Mail is sent long before the last web message: then there is nothing left of it to aim at.
        aimed = { ...aimed, channel: 'web' };
        continue;
      }
      process.kill(pid, 'SIGKILL');
      const { committing } = await counts(watcher, { ...aim, channel: 'any' });
      last = pid;
      killedAt = new Date();
      const isHit = committing > 0 || leavesNothing.includes(aimed.point);
      if (isHit) {
        kills.total += 1;
        kills.at[aimed.point] = (kills.at[aimed.point] ?? 0) + 1;
      } else {
        kills.missed += 1;
      }
      console.log(`kill ${kills.total}: ${aimed.point} of ${aimed.channel}, ${committing} committing${isHit ? '' : ': too late, once more'}`);
      if (isHit) aimed = plan.shift();
    }
    return kills;
  } finally {
    await watcher.end();
  }
}

/**
 * One kill in eight aims at the mail lane, where a crash leaves at most a pool of uncertain mails: those come early, because mail is done
 * first. A share takes every other step.
 */
function planOf(options: ProofOptions, random: () => number): Aimed[] {
  const first = steps.filter((_, nth) => !options.isShare || nth % 2 === 1);
  const web: Aimed[] = first.map((point) => ({ point, channel: 'web' }));
  const atRandom = Array.from({ length: options.kills }, (): Aimed => ({ point: 'random', channel: random() < 0.125 ? 'mail' : 'web' }));
  return [...web, ...atRandom.toSorted((a, b) => a.channel.localeCompare(b.channel))];
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
      if (point === 'random') await wait(Math.floor(random() * 300));
      return true;
    }
    await wait(2, undefined, { signal: limit }).catch(() => undefined);
  }
  signal.throwIfAborted();
  return false;
}

type Aim = { since: Date; channel: 'mail' | 'web' | 'any'; point: Point; random: () => number };

/** Only what this worker has begun itself: leftovers of the one before are not a moment of a send. */
async function counts(watcher: pg.Client, { since, channel }: Aim): Promise<{ claimed: number; committing: number; sent: number }> {
  const { rows } = await watcher.query(
    `select count(*) filter (where d.state = 'claimed' and d.claimed_at > $1)::int as claimed,
            count(*) filter (where d.state = 'committing' and d.committing_at > $1)::int as committing,
            count(*) filter (where d.state in ('sent', 'delivered', 'read'))::int as sent
       from deliveries d join accounts a on a.id = d.account_id where $2 = 'any' or (a.channel = 'email') = ($2 = 'mail')`,
    [since, channel],
  );
  return rows[0];
}
