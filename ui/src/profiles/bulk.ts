import { asFailure, type Failure } from '#core/failure.ts';

/** So many at once: a hundred profiles that start together would all wait for the same machine. */
const atOnce = 4;

export type BulkOutcome = { done: number; refused: { name: string; failure: Failure }[] };

/** The same act on many, some at a time; one that is refused holds up no other. */
export async function inBulk<T extends { name: string }>(all: readonly T[], act: (one: T) => Promise<unknown>): Promise<BulkOutcome> {
  const left = [...all];
  const refused: BulkOutcome['refused'] = [];
  const work = async () => {
    for (let one = left.shift(); one; one = left.shift()) {
      const { name } = one;
      await act(one).catch((error: unknown) => void refused.push({ name, failure: asFailure(error) }));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return { done: all.length - refused.length, refused };
}
