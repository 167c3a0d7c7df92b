import { setTimeout as wait } from 'node:timers/promises';
import type { Gate } from '#browser-profiles/gate.ts';
import type { HostEvent } from '#browser-profiles/host-event.ts';
import { createInputLine } from '#browser-profiles/page-input.ts';
import type { Tabs } from '#browser-profiles/tabs.ts';
import type { ControlEnd, PageInput } from '#core/control.ts';
import { Failure } from '#core/failure.ts';
import { readControl } from '#sql/controls.ts';
import { type Db, inWorkspace } from '#sql/database.ts';
import type { ProfileRef } from './profile-spec-of.ts';

export interface ControlledHost {
  on(listener: (event: HostEvent) => void): () => void;
  keepOpen(profileId: string): () => void;
}
export type ControlDeskDeps = { db: Db; host: ControlledHost; tabs: Pick<Tabs, 'stripOf'>; gateOf: (profileId: string) => Gate; tell: () => void };
/** One person at one page. `over` settles with the reason when it has ended, whoever ended it. */
export type Sitting = { take(inputs: readonly PageInput[]): void; over: Promise<ControlEnd> };

/** How often the row of a control is looked at while it lives; a server that changes it says so as well. */
const lookMs = 1_000;
type Seat = { controlId: string; end(why: ControlEnd): void; hasLetGo: Promise<void> };
type Followed = { ref: ProfileRef; controlId: string; endsAt: number; nudge: () => void; seat: Seat | null };

/**
 * Persons at the pages of this worker. The row in the database is the truth about who has a page: as long as it lives the gate is closed
 * to scripts, also for a server that is gone, and input is taken only under the id and the time that were read from it.
 */
export class ControlDesk implements Disposable {
  readonly #deps: ControlDeskDeps;
  readonly #followed = new Map<string, Followed>();
  readonly #closing = new AbortController();
  readonly #stopListening: () => void;

  constructor(deps: ControlDeskDeps) {
    this.#deps = deps;
    this.#stopListening = deps.host.on((event) => {
      if (event.is === 'closed' || event.is === 'crashed') this.#followed.get(event.profileId)?.seat?.end('closed');
    });
  }

  /** Asked before a flow begins: a worker that has just started knows of no person yet. */
  async look(ref: ProfileRef): Promise<void> {
    if (!this.#followed.has(ref.accountId)) await this.#read(ref);
    else this.nudge(ref.accountId);
  }

  nudge(profileId: string): void {
    this.#followed.get(profileId)?.nudge();
  }

  /** Seats the person who holds `controlId`, once the script stands still. Throws `lease_lost` or `not_ready`. */
  async seat(ref: ProfileRef, controlId: string, signal: AbortSignal): Promise<Sitting> {
    const profileId = ref.accountId;
    await this.#read(ref);
    const followed = this.#followed.get(profileId);
    if (followed?.controlId !== controlId) throw new Failure('lease_lost');
    const strip = this.#deps.tabs.stripOf(profileId);
    if (!strip) throw new Failure('not_ready');
    const { promise: over, resolve } = Promise.withResolvers<ControlEnd>();
    const letGo = this.#deps.host.keepOpen(profileId);
    const isCurrent = () => this.#followed.get(profileId)?.controlId === controlId && performance.now() < followed.endsAt;
    const line = createInputLine(strip, isCurrent);
    // Left first: a question that nobody answers holds up the click which led to it.
    const attended = { leave: async (): Promise<void> => undefined };
    followed.seat?.end('connection_lost');
    followed.seat = { controlId, end: resolve, hasLetGo: over.then(() => attended.leave().then(() => line.release())).finally(letGo) };
    signal.addEventListener('abort', () => resolve('connection_lost'), { once: true });
    await this.#deps.gateOf(profileId).close(AbortSignal.any([signal, this.#closing.signal]));
    // Not before: a question that the script's last step leads to would wait for a person who cannot answer yet.
    attended.leave = strip.attend();
    void over.then(attended.leave);
    return { take: (inputs) => isCurrent() && line.take(inputs), over };
  }

  [Symbol.dispose](): void {
    this.#stopListening();
    this.#closing.abort();
  }

  /** Reads the row, and begins to follow it while somebody holds it. */
  async #read(ref: ProfileRef): Promise<void> {
    const asked = performance.now();
    const row = await inWorkspace(this.#deps.db, ref.workspaceId, (trx) => readControl(trx, { ...ref, profileId: ref.accountId }));
    const known = this.#followed.get(ref.accountId);
    if (row.is === 'free') {
      if (known) await this.#end(known, row.goOn);
      return;
    }
    if (known?.seat && known.controlId !== row.controlId) known.seat.end('given_back');
    if (known) {
      known.controlId = row.controlId;
      known.endsAt = asked + row.leftMs;
      return;
    }
    const followed: Followed = { ref, controlId: row.controlId, endsAt: asked + row.leftMs, nudge: () => undefined, seat: null };
    this.#followed.set(ref.accountId, followed);
    // Nobody waits here for the script: `seat` does.
    void this.#deps
      .gateOf(ref.accountId)
      .close(this.#closing.signal)
      .catch(() => undefined);
    void this.#follow(followed);
  }

  async #follow(followed: Followed): Promise<void> {
    const { signal } = this.#closing;
    while (this.#followed.get(followed.ref.accountId) === followed && !signal.aborted) {
      const nudged = new AbortController();
      followed.nudge = () => nudged.abort();
      const untilEnd = Math.max(20, followed.endsAt - performance.now());
      await wait(Math.min(lookMs, untilEnd), undefined, { signal: AbortSignal.any([nudged.signal, signal]) }).catch(() => undefined);
      // A database that is away says nothing: the person keeps the page until the known time, scripts wait.
      if (!signal.aborted) await this.#read(followed.ref).catch(() => undefined);
    }
  }

  /** Scripts go on once no key of the person is held down any more. */
  async #end(followed: Followed, goOn: 'restart' | 'resume'): Promise<void> {
    if (this.#followed.get(followed.ref.accountId) !== followed) return;
    this.#followed.delete(followed.ref.accountId);
    followed.nudge();
    followed.seat?.end(performance.now() >= followed.endsAt ? 'expired' : 'given_back');
    await followed.seat?.hasLetGo;
    this.#deps.gateOf(followed.ref.accountId).open(goOn);
    this.#deps.tell();
  }
}
