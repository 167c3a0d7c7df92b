/**
 * A line of work that is done one at a time, in the order of arrival. Who waits can step out by signal; who is being served stays
 * until it is done, so that two never touch one page.
 */
export class Line {
  #waiting: (() => void)[] = [];
  #isBusy = false;

  get isEmpty(): boolean {
    return !this.#isBusy && this.#waiting.length === 0;
  }

  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    await this.#enter(signal);
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  #enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!this.#isBusy) {
      this.#isBusy = true;
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
    });
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#isBusy = false;
  }
}
