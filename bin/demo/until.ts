import { setTimeout as wait } from 'node:timers/promises';

/** Asks again until there is an answer. Throws `what` when the time is over or the demo is stopped. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | null | undefined | false>,
  { seconds, signal }: { seconds: number; signal: AbortSignal },
): Promise<T> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(seconds * 1000)]);
  while (!limit.aborted) {
    const answer = await ask();
    if (answer) return answer;
    await wait(250, undefined, { signal: limit }).catch(() => undefined);
  }
  signal.throwIfAborted();
  throw new Error(`${what} did not happen within ${seconds} seconds.`);
}
