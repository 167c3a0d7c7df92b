import { findProsody } from '#lab/converse/prosody.ts';
import { lanes } from './add-lane.ts';
import { commitPoints, points } from './point.ts';
import type { Aim } from './strike.ts';
import { localVictims, remoteVictims } from './victims.ts';

/** What was asked for; null: all of them. `kills` counts the random ones of each victim. */
type Wanted = { packs: string[] | null; victims: string[] | null; points: string[] | null; kills: number; isShare: boolean };

const all: readonly string[] = [...localVictims, ...remoteVictims];
/** What CI runs of it: every victim that one host can lose, around the act, and then the host with its disk. */
const share: readonly Aim[] = [
  { victim: 'worker', point: 'booked' },
  { victim: 'browser', point: 'pressed' },
  { victim: 'postgres', point: 'pressed' },
  { victim: 'host', point: 'booked' },
];

/** The packs that were asked for; Converse.js only where its server is installed. */
export async function packsOf({ packs }: Wanted): Promise<string[]> {
  refuseUnknown('pack', packs, lanes);
  const prosody = await findProsody();
  if (prosody.is === 'missing') console.log(`without converse: ${prosody.why}`);
  return lanes.filter((pack) => (packs?.includes(pack) ?? true) && (pack !== 'converse' || prosody.is === 'found'));
}

/**
 * On one host every point once and then `kills` random moments, for each victim. Of two hosts one is killed at every point, and stopped at every
 * one at which something may already have been sent.
 */
export function aimsOf({ victims, points: asked, kills, isShare }: Wanted): Aim[] {
  refuseUnknown('victim', victims, all);
  refuseUnknown('point', asked, [...points, 'random']);
  const atRandom = Array.from({ length: kills }, () => 'random' as const);
  const full: Aim[] = [
    ...[...points, ...atRandom].flatMap((point) => localVictims.map((victim) => ({ victim, point }))),
    ...points.map((point) => ({ victim: 'host' as const, point })),
    ...commitPoints.map((point) => ({ victim: 'pause' as const, point })),
  ];
  return (isShare ? share : full).filter(({ victim, point }) => (victims?.includes(victim) ?? true) && (asked?.includes(point) ?? true));
}

function refuseUnknown(what: string, asked: readonly string[] | null, known: readonly string[]): void {
  const unknown = asked?.filter((one) => !known.includes(one)) ?? [];
  if (unknown.length > 0) throw new Error(`There is no ${what} ${unknown.join(', ')}. There are: ${known.join(', ')}.`);
}
