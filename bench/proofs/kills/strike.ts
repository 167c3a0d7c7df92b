import { setTimeout as wait } from 'node:timers/promises';
import { gather, type Stood } from './gather.ts';
import type { Lane } from './lane.ts';
import type { Point } from './point.ts';
import type { Stage } from './stage.ts';
import { takeOver } from './take-over.ts';
import type { Kill } from './tally.ts';
import { haveBrowsers, killBrowsers, killPostgres, killWorker, type LocalVictim, type RemoteVictim } from './victims.ts';

export type Aim = { victim: LocalVictim; point: Point | 'random' } | { victim: RemoteVictim; point: Point };
export type Strike = { aim: Aim; lanes: readonly Lane[]; random: () => number; enough: AbortSignal };

/** A crash, a restart, a takeover and a page that catches up take this long at most on a busy machine. */
const reachMs = 300_000;
/** How long after something began to commit a random kill comes, at most: about as long as the proof takes. */
const randomMs = 300;

/**
 * Kills once, when a send of every lane stands at the point, or at a random moment while some are `committing`. Whoever started the victim starts
 * it again, and the next strike waits for that. Answers the sends that were hit.
 */
export async function strike(stage: Stage, { aim, lanes, random, enough }: Strike): Promise<Kill[]> {
  const signal = AbortSignal.any([enough, AbortSignal.timeout(reachMs)]);
  if (aim.victim === 'host' || aim.victim === 'pause') return takeOver(stage, { ...aim, lanes, signal });
  const { victim, point } = aim;
  const at = point === 'random' ? 'booked' : point;
  const ours = lanes.filter(({ pack, points }) => points.includes(at) && (victim !== 'browser' || pack !== 'mail'));
  if (ours.length === 0) return [];
  const hit = await met(stage, ours, { point, random, signal, isHittable: (stood) => victim !== 'browser' || haveBrowsers(stage, stood) });
  try {
    if (victim === 'worker') killWorker(hit);
    if (victim === 'browser') await killBrowsers(stage, hit);
    if (victim === 'postgres') await killPostgres(stage, random);
  } finally {
    for (const { standing } of hit) standing.goOn();
  }
  return hit.map(({ lane, standing }) => ({ pack: lane.pack, victim, point, deliveryId: standing.at.deliveryId, takeOverMs: null }));
}

type Meeting = {
  point: Point | 'random';
  random: () => number;
  isHittable(stood: readonly Stood[]): boolean | Promise<boolean>;
  signal: AbortSignal;
};

/** The sends that a kill hits: while a browser comes back from the kill before, there is none to kill, and the next ones are taken. */
async function met(stage: Stage, lanes: readonly Lane[], { point, random, isHittable, signal }: Meeting): Promise<Stood[]> {
  while (true) {
    const stood = await (point === 'random' ? atRandom(stage, lanes, { random, signal }) : gather(stage, lanes, { point, signal }));
    if (await isHittable(stood)) return stood;
    for (const { standing } of stood) standing.goOn();
  }
}

/** Nothing stands still here. A moment at which nothing was `committing` any more does not count, and the next one is taken. */
async function atRandom(stage: Stage, lanes: readonly Lane[], { random, signal }: { random: () => number; signal: AbortSignal }): Promise<Stood[]> {
  while (true) {
    const begun = await gather(stage, lanes, { point: 'booked', signal });
    for (const { standing } of begun) standing.goOn();
    await wait(Math.floor(random() * randomMs), undefined, { signal });
    const hit = begun.filter(({ standing }) => stage.watch.isCommitting(standing.at.deliveryId));
    if (hit.length > 0) return hit;
  }
}
