import type { Fault } from './fault-of.ts';
import type { Point } from './point.ts';
import type { Victim } from './victims.ts';

/** A kill as it is counted: what was killed, when, and which delivery stood or went on there. */
export type Kill = { pack: string; victim: Victim; point: Point | 'random'; deliveryId: string; takeOverMs: number | null };
/** What is wrong with one delivery, by the stand-in's own store. */
export type Problem = { pack: string; deliveryId: string; fault: Fault; sentence: string };

const second = (ms: number) => (ms / 1000).toFixed(1);
const middle = (sorted: readonly number[]) => sorted[Math.floor(sorted.length / 2)] ?? 0;

/** Pack × victim × point: kills and what became of the deliveries that they hit. */
export function printTable(kills: readonly Kill[], problems: readonly Problem[]): void {
  const rows = Map.groupBy(kills, ({ pack, victim, point }) => `${pack}\t${victim}\t${point}`);
  console.log(['pack', 'victim', 'point', 'kills', 'doubles', 'losses', 'uncertain', 'takeover median', 'takeover max'].join('\t'));
  for (const [name, hits] of rows) {
    const ids = new Set(hits.map(({ deliveryId }) => deliveryId));
    const count = (fault: Fault) => problems.filter((one) => ids.has(one.deliveryId) && one.fault === fault).length;
    const takeOvers = hits.flatMap(({ takeOverMs }) => (takeOverMs === null ? [] : [takeOverMs])).toSorted((a, b) => a - b);
    const times = takeOvers.length > 0 ? [`${second(middle(takeOvers))} s`, `${second(takeOvers.at(-1) ?? 0)} s`] : ['-', '-'];
    console.log([name, hits.length, count('double'), count('loss'), count('uncertain'), ...times].join('\t'));
  }
  const hit = new Set(kills.map(({ deliveryId }) => deliveryId));
  const beside = problems.filter(({ deliveryId }) => !hit.has(deliveryId)).length;
  if (beside > 0) console.log(`${beside} problems with deliveries that no kill was aimed at`);
}
