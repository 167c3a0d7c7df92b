import type { Lane } from './lane.ts';
import type { At, Point } from './point.ts';
import type { Standing } from './point-watch.ts';
import type { Stage } from './stage.ts';

/** A send of a lane that stands at a point. */
export type Stood = { lane: Lane; standing: Standing };

/** Waits until a send of every lane that was begun meanwhile stands at the point. All of them go on when one does not come. */
export async function gather(stage: Stage, lanes: readonly Lane[], { point, signal }: { point: Point; signal: AbortSignal }): Promise<Stood[]> {
  const begun = performance.now();
  const coming = lanes.map(async (lane) => {
    const isOurs = ({ accountId, deliveryId, ...at }: At) =>
      accountId === lane.accountId && at.point === point && stage.watch.isBegunSince(deliveryId, begun);
    const comes = stage.watch.meet(isOurs, signal);
    const [standing] = await Promise.all([comes, lane.fill()]);
    return { lane, standing };
  });
  const ends = await Promise.allSettled(coming);
  const stood = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
  if (stood.length === coming.length) return stood;
  for (const { standing } of stood) standing.goOn();
  const late = lanes.filter((lane) => !stood.some((one) => one.lane === lane)).map(({ pack }) => pack);
  throw new Error(`no send of ${late.join(', ')} came to "${point}"`, { cause: ends.find((end) => end.status === 'rejected')?.reason });
}
