import { until } from '#bin/demo/until.ts';
import type { Point } from './point.ts';
import type { Stage } from './stage.ts';

/** One account of the proof with its deliveries, and what the stand-in's own store says of each. */
export type Lane = {
  /** Its pack, or `mail`. */
  pack: string;
  accountId: string;
  /** Where its sends can be met. */
  points: readonly Point[];
  /** Sees to it that some more deliveries wait. */
  fill(): Promise<void>;
  /** How often the stand-in holds each delivery. */
  held(): Promise<Map<string, number>>;
};

/** Asked again while the database comes back. */
export async function patiently<T>({ signal }: Stage, ask: () => Promise<T>): Promise<T> {
  const found = await until(
    'An answer',
    async () =>
      ask().then(
        (answer) => ({ answer }),
        () => null,
      ),
    { seconds: 60, signal },
  );
  return found.answer;
}
