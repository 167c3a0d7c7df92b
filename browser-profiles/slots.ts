/**
 * The live slots of a host: a fixed number of browsers at once, and fewer while memory is short. When all are taken, `freeOne` is asked to close an
 * idle browser; it answers false when none is idle, and then the next `nudge` asks again. Who waits is served in order of arrival.
 */
export class Slots {
  readonly #most: number;
  readonly #freeOne: () => Promise<boolean>;
  #taken = 0;
  #limit = Number.POSITIVE_INFINITY;
  #waiting: (() => void)[] = [];
  #freeing = 0;

  constructor(count: number, freeOne: () => Promise<boolean>) {
    this.#most = count;
    this.#freeOne = freeOne;
  }

  get isWaitedFor(): boolean {
    return this.#waiting.length > 0;
  }

  get #hasRoom(): boolean {
    return this.#taken < Math.min(this.#most, this.#limit);
  }

  take(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#hasRoom && this.#waiting.length === 0) {
      this.#taken += 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const stepOut = () => {
        this.#waiting = this.#waiting.filter((each) => each !== enter);
        reject(signal.reason);
      };
      const enter = () => {
        signal.removeEventListener('abort', stepOut);
        resolve();
      };
      signal.addEventListener('abort', stepOut, { once: true });
      this.#waiting.push(enter);
      this.nudge();
    });
  }

  give(): void {
    this.#taken -= 1;
    this.#serve();
  }

  /** From here on no more than so many; those that are open stay. One is always let in: nothing would move otherwise. */
  limit(count: number): void {
    this.#limit = Math.max(1, count);
    this.#serve();
  }

  /** Something became idle. Asks for one browser per waiter, not more: closing takes a moment. */
  nudge(): void {
    if (this.#waiting.length <= this.#freeing) return;
    this.#freeing += 1;
    // freeOne gives the slot back itself when the browser is gone; a failure leaves the waiter to the next nudge.
    void this.#freeOne()
      .catch(() => false)
      .then((freed) => {
        this.#freeing -= 1;
        if (freed) this.nudge();
      });
  }

  #serve(): void {
    while (this.#hasRoom) {
      const next = this.#waiting.shift();
      if (!next) return;
      this.#taken += 1;
      next();
    }
  }
}
