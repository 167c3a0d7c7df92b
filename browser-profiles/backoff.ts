export type BackoffLimits = { firstMs: number; maxMs: number; resetAfterMs: number };

/** A crash is retried soon; a browser that keeps crashing waits up to five minutes; five minutes without one forgive everything. */
export const usualBackoff: BackoffLimits = { firstMs: 2_000, maxMs: 5 * 60_000, resetAfterMs: 5 * 60_000 };

/** When a profile that crashed may open again. Times are of performance.now, in milliseconds. */
export class Backoff {
  readonly #limits: BackoffLimits;
  #failures = 0;
  #until = 0;

  constructor(limits: BackoffLimits) {
    this.#limits = limits;
  }

  get waitMs(): number {
    return Math.max(0, this.#until - performance.now());
  }

  get retryAt(): Date {
    return new Date(Date.now() + this.waitMs);
  }

  /** `readyMs` is how long the browser had been ready before it failed. */
  fail(readyMs: number): void {
    if (readyMs >= this.#limits.resetAfterMs) this.#failures = 0;
    this.#failures += 1;
    const fullMs = Math.min(this.#limits.maxMs, this.#limits.firstMs * 2 ** Math.min(20, this.#failures - 1));
    // Half to all of it, so that profiles that crashed together do not come back together.
    this.#until = performance.now() + fullMs * (0.5 + Math.random() / 2);
  }

  /** A person asked: no more waiting, but the next crash still counts on. */
  override(): void {
    this.#until = 0;
  }
}
