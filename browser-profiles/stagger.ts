import { setTimeout as wait } from 'node:timers/promises';

/** For tests: a clock that does not pass by itself. */
export type StaggerClock = { now(): number; wait(ms: number, signal: AbortSignal): Promise<void>; random(): number };
const realClock: StaggerClock = {
  now: () => performance.now(),
  wait: (ms, signal) => wait(ms, undefined, { signal }),
  random: Math.random,
};

/** A cold start keeps two cores busy for a second or more: many at once would all run into their time limit. */
const usualGapMs = 1_000;

/**
 * Browsers do not all start in the same moment, as they would when a worker begins with many profiles that have something due. One begins at once when
 * no other is starting; else in order, each the gap (half of it to one and a half) after the one before, or as soon as none is starting any more.
 */
export class Stagger {
  readonly #gapMs: number;
  readonly #clock: StaggerClock;
  #starting = 0;
  #nextAt = Number.NEGATIVE_INFINITY;
  #line: Promise<unknown> = Promise.resolve();
  #calm = new AbortController();

  constructor(gapMs = usualGapMs, clock: StaggerClock = realClock) {
    this.#gapMs = gapMs;
    this.#clock = clock;
  }

  /** Runs `start` when it is its turn. Throws the reason of `signal` when that aborts before. */
  async run<T>(start: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const turn = this.#line.then(() => this.#turn(signal));
    this.#line = turn.catch(() => undefined);
    await turn;
    try {
      return await start();
    } finally {
      this.#starting -= 1;
      if (this.#starting === 0) this.#calm.abort();
    }
  }

  async #turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const ms = this.#nextAt - this.#clock.now();
    if (this.#starting > 0 && ms > 0) {
      this.#calm = new AbortController();
      await this.#clock.wait(ms, AbortSignal.any([signal, this.#calm.signal])).catch(() => undefined);
      signal.throwIfAborted();
    }
    this.#starting += 1;
    this.#nextAt = this.#clock.now() + this.#gapMs * (0.5 + this.#clock.random());
  }
}
