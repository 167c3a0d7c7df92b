import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from 'pino';

/** One thing to stop, and how long it may take. */
export type StopStep = { name: string; ms: number; stop: () => unknown };

/**
 * Stops one thing after the other. A step that fails or takes longer than it may is told and left behind: with a database that is gone, a queue
 * or a pool could wait for minutes for an answer that never comes, and browsers would stay open meanwhile.
 */
export async function stopInOrder(steps: readonly StopStep[], log: Pick<Logger, 'warn'>): Promise<void> {
  for (const { name, ms, stop } of steps) {
    const done = new AbortController();
    const stopping = Promise.resolve()
      .then(stop)
      .catch((error: unknown) => log.warn({ err: error, part: name }, 'a part of the worker did not stop well'));
    const isLate = wait(ms, true, { signal: done.signal }).catch(() => false);
    if (await Promise.race([stopping.then(() => false), isLate])) log.warn({ part: name, ms }, 'a part of the worker did not stop in time');
    done.abort();
  }
}
