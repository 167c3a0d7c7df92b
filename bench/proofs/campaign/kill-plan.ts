import { seededRandom, shuffle } from '#workers/testing/seeded.ts';
import { type Way, ways } from './way.ts';

export const victims = ['worker', 'server', 'postgres', 'browser'] as const;
export type Victim = (typeof victims)[number];
/** What is killed while a message of this way is `committing`, how far into it, and how. */
export type Aim = { victim: Victim; way: Way /** 0 to 1: of the time that the act takes. */; moment: number; random: () => number };

/** As many of each victim, and of those as many on each way, in any order. Only the web has a browser. */
export function planKills(kills: number, seed: number): Aim[] {
  const random = seededRandom(seed);
  const aims = Array.from({ length: kills }, (_, nth): Aim => {
    const [turn, which] = [Math.floor(nth / victims.length), nth % victims.length];
    const victim = victims[which] ?? 'worker';
    // The first worker is killed over mail, where that leaves something uncertain.
    const way = ways[(turn + which + 2) % ways.length] ?? 'web';
    return { victim, way: victim === 'browser' ? 'web' : way, moment: random(), random: seededRandom(random() * 2 ** 32) };
  });
  return shuffle(aims, random);
}
