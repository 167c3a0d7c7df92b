/** A time limit that stands still while something else has the turn. */
export class Deadline implements Disposable {
  readonly #late = new AbortController();
  #leftMs: number;
  #since = performance.now();
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number) {
    this.#leftMs = ms;
    this.#run();
  }

  get signal(): AbortSignal {
    return this.#late.signal;
  }

  async pausedFor<T>(work: Promise<T>): Promise<T> {
    clearTimeout(this.#timer);
    this.#leftMs -= performance.now() - this.#since;
    try {
      return await work;
    } finally {
      this.#run();
    }
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #run(): void {
    this.#since = performance.now();
    this.#timer = setTimeout(() => this.#late.abort(new DOMException('The flow took longer than it may.', 'TimeoutError')), this.#leftMs);
  }
}
