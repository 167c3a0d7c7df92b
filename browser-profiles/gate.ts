import type { GoOn } from '#core/control.ts';
import { abortable } from './engine/wait.ts';

/**
 * The door to one page: either scripts act behind it, or a person. Closing it never interrupts a step: it answers once the script stands
 * between two of them, or has ended.
 */
export class Gate {
  #isOpen = true;
  #acting = 0;
  #opening = Promise.withResolvers<GoOn>();
  #resting = new Set<() => void>();

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Begins a script once no person has the page. Each `enter` that went through is followed by one `leave`. */
  async enter(signal: AbortSignal): Promise<void> {
    while (!this.#isOpen) await abortable(this.#opening.promise, signal);
    this.#acting += 1;
  }

  leave(): void {
    this.#acting -= 1;
    if (this.#acting > 0) return;
    for (const rest of this.#resting) rest();
    this.#resting.clear();
  }

  /** Stands aside until the person has given the page back. */
  async opens(signal: AbortSignal): Promise<GoOn> {
    this.leave();
    try {
      let goOn: GoOn = 'resume';
      while (!this.#isOpen) goOn = await abortable(this.#opening.promise, signal);
      return goOn;
    } finally {
      this.#acting += 1;
    }
  }

  /** From here on no step begins. Settles when none is under way any more; rejects when the signal aborts first. */
  async close(signal: AbortSignal): Promise<void> {
    this.#isOpen = false;
    if (this.#acting === 0) return;
    await abortable(new Promise<void>((resolve) => void this.#resting.add(resolve)), signal);
  }

  open(goOn: GoOn): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    const { resolve } = this.#opening;
    this.#opening = Promise.withResolvers();
    resolve(goOn);
  }
}

/** The gates of a worker's profiles: each is made when it is first asked for. */
export function createGates(): (profileId: string) => Gate {
  const gates = new Map<string, Gate>();
  return (profileId) => {
    const gate = gates.get(profileId) ?? new Gate();
    gates.set(profileId, gate);
    return gate;
  };
}
