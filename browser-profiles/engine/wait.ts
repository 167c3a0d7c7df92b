import { setTimeout as timer } from 'node:timers/promises';
import { asFailure, Failure } from '#core/failure.ts';

/** Milliseconds that one browser act may take. */
export const actMs = 8000;

/** A rest of the given length that ends early, by throwing, when the signal aborts. Only the pace and `poll` decide lengths. */
export async function rest(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (ms <= 0) return;
  await timer(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
}

/** What `promise` brings, unless the signal aborts first. What was begun goes on by itself, so it must have a deadline of its own. */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  // The loser of the race may still fail; nobody would hear it.
  promise.catch(() => undefined);
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

export type Poll = { seconds: number; everyMs?: number; signal: AbortSignal };

/** Looks again and again until something is found. Undefined when the time is over. */
export async function poll<T>({ seconds, everyMs = 100, signal }: Poll, look: () => Promise<T | undefined>): Promise<T | undefined> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    const found = await abortable(look(), signal);
    if (found !== undefined) return found;
    if (performance.now() >= end) return undefined;
    await rest(Math.min(everyMs, Math.max(1, end - performance.now())), signal);
  }
}

/** What a browser error means to us. Playwright tells these apart only by their sentences. */
export function browserFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const text = error instanceof Error ? `${error.name} ${error.message}` : String(error);
  if (/has been closed|crashed|Target closed|Connection closed|disconnected/i.test(text))
    return new Failure('browser_crashed', undefined, { cause: error });
  if (/ERR_PROXY|ERR_TUNNEL|ERR_SOCKS/.test(text)) return new Failure('proxy_dead', undefined, { cause: error });
  if (/net::ERR_|NS_ERROR/.test(text)) return new Failure('site_unreachable', undefined, { cause: error });
  if (/Timeout/i.test(text)) return new Failure('timed_out', undefined, { cause: error });
  return asFailure(error);
}

/** The page was navigating while we looked: look again. */
export const isNavigating = (error: unknown): boolean =>
  error instanceof Error && /Execution context was destroyed|Cannot find context|frame was detached|because of a navigation/i.test(error.message);
