import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { At, type Point } from './point.ts';

/** A send that stands still at a point. */
export type Standing = { at: At; goOn(): void };
type Waiting = { wants: (at: At) => boolean; stands: (standing: Standing) => void };

/** Hears from every worker of the proof where its sends stand, and holds those that somebody waits for. */
export class PointWatch implements AsyncDisposable {
  readonly #server: Server;
  readonly #waiting = new Set<Waiting>();
  readonly #last = new Map<string, Point>();
  readonly #claimedAt = new Map<string, number>();

  constructor() {
    this.#server = createServer(async (request, response) => {
      // A worker that is killed while it speaks has said nothing.
      const at = await json(request).then(At.parse, () => null);
      if (at) await this.#hear(at);
      response.end();
    });
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    // It listens on a port.
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The next send that comes to such a point; it stands there until it may go on. */
  meet(wants: (at: At) => boolean, signal: AbortSignal): Promise<Standing> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        wants,
        stands: (standing) => {
          signal.removeEventListener('abort', giveUp);
          resolve(standing);
        },
      };
      const giveUp = () => {
        this.#waiting.delete(waiting);
        reject(signal.reason);
      };
      signal.throwIfAborted();
      signal.addEventListener('abort', giveUp, { once: true });
      this.#waiting.add(waiting);
    });
  }

  /** Whether a send is `committing` for sure: that is written, and its proof has not come. */
  isCommitting(deliveryId: string): boolean {
    const last = this.#last.get(deliveryId);
    return last === 'booked' || last === 'pressed';
  }

  /** Whether a send was begun after then, of performance.now: an earlier one may be what the last kill has left. */
  isBegunSince(deliveryId: string, then: number): boolean {
    return (this.#claimedAt.get(deliveryId) ?? 0) > then;
  }

  async #hear(at: At): Promise<void> {
    this.#last.set(at.deliveryId, at.point);
    if (at.point === 'claimed') this.#claimedAt.set(at.deliveryId, performance.now());
    const waiting = [...this.#waiting].find((one) => one.wants(at));
    if (!waiting) return;
    this.#waiting.delete(waiting);
    await new Promise<void>((goOn) => waiting.stands({ at, goOn }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
