/**
 * The live slots of a host: a fixed number of browsers at once. When all are taken, `freeOne` is asked to close an idle browser; it
 * answers false when none is idle, and then the next `nudge` asks again. Who waits is served in order of arrival.
 */
export class Slots {
  #free: number;
  readonly #freeOne: () => Promise<boolean>;
  #waiting: (() => void)[] = [];
  #freeing = 0;

  constructor(count: number, freeOne: () => Promise<boolean>) {
    this.#free = count;
    this.#freeOne = freeOne;
  }

  take(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#free > 0 && this.#waiting.length === 0) {
      this.#free -= 1;
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
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free += 1;
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
}
