import { setTimeout as wait } from 'node:timers/promises';
import type { Page } from 'playwright';
import { asFailure, Failure } from '#core/failure.ts';
import { proxySentence } from '#core/proxy-trouble.ts';
import type { Hold } from './hold-browser.ts';
import type { Lease } from './leases.ts';
import { checkProxy } from './proxy-check.ts';

/**
 * What is done with a page. `signal` aborts when the caller gives up, the browser is gone or the lease is lost; the work must then
 * end soon. `lease` is what a commit reads right before the irreversible act.
 */
export type Work<T> = (page: Page, signal: AbortSignal, lease: Lease) => Promise<T>;

/** Work that is told to stop may take this long to leave the page in order. */
const leaveMs = 5_000;
/** Playwright may reject a moment before it reports the end of the browser. */
const newsMs = 1_000;

/** Runs `work` on an open browser. A browser that goes away ends it with that failure, whatever the work itself throws. */
export async function serveWork<T>(hold: Hold, work: Work<T>, signal: AbortSignal): Promise<T> {
  const failuresBefore = hold.browser.hop?.failures() ?? 0;
  const done = new AbortController();
  const lease: Lease = {
    profileId: hold.spec.id,
    fence: hold.lease.current().fence,
    remainingMs: () => (hold.lease.lost.aborted ? 0 : hold.lease.current().remainingMs()),
  };
  try {
    const working = work(hold.browser.page, AbortSignal.any([signal, hold.ended]), lease);
    return await Promise.race([working, endOf(hold.ended, done.signal)]);
  } catch (error) {
    if (!hold.ended.aborted && isClosedTarget(error)) await wait(newsMs, undefined, { signal: hold.ended }).catch(() => undefined);
    if (hold.ended.aborted) throw asFailure(hold.ended.reason);
    throw signal.aborted ? error : await explain(error, hold, failuresBefore, signal);
  } finally {
    done.abort();
  }
}

/** Rejects once the browser has ended: at once when it is dead, after the time to leave when it is about to be closed. */
async function endOf(ended: AbortSignal, done: AbortSignal): Promise<never> {
  await new Promise<void>((resolve) => {
    if (ended.aborted) resolve();
    ended.addEventListener('abort', () => resolve(), { once: true, signal: done });
  });
  const failure = asFailure(ended.reason);
  const isDead = failure.code === 'browser_crashed' || failure.code === 'lease_lost';
  if (!isDead) await wait(leaveMs, undefined, { signal: done }).catch(() => undefined);
  throw failure;
}

/** A site that does not answer through a proxy may be the proxy's fault: ask it, so that the right thing is reported. */
async function explain(error: unknown, hold: Hold, failuresBefore: number, signal: AbortSignal): Promise<unknown> {
  const { spec, browser } = hold;
  const couldBeProxy = !(error instanceof Failure) || error.code === 'site_unreachable';
  if (!couldBeProxy || spec.proxy.is !== 'proxy' || !browser.hop || browser.hop.failures() === failuresBefore) return error;
  const check = await checkProxy(spec.proxy.url, { target: spec.baseUrl, signal }).catch(() => null);
  return check && !check.ok ? new Failure('proxy_dead', proxySentence(check.why), { cause: error }) : error;
}

function isClosedTarget(error: unknown): boolean {
  const chain = error instanceof Failure ? error.cause : error;
  return chain instanceof Error && /has been closed|crashed|Target closed/i.test(chain.message);
}
