import { setTimeout as wait } from 'node:timers/promises';
import type { HostEvent } from '#browser-profiles/host-event.ts';
import { Failure } from '#core/failure.ts';
import { type ProfileState, profileStates } from '#core/profile.ts';
import { type Db, inWorkspace } from '#sql/database.ts';
import { setHibernated, sleepingProfile, sleepingProfiles } from '#sql/hibernation.ts';
import { oneByOne } from './one-by-one.ts';
import { type ProfileRef, readProfile } from './profile-spec-of.ts';

/** What opens and closes browsers, as far as sleep is concerned. */
export interface SleepHost {
  isLive(profileId: string): boolean;
  on(listener: (event: HostEvent) => void): () => void;
  keepOpen(profileId: string): () => void;
  hibernateIdle(afterMs: number): Promise<void>;
  copyDue(everyMs: number): Promise<void>;
}
export interface SleepDesk {
  start(ref: ProfileRef, signal: AbortSignal): Promise<void>;
  stateOf(profileId: string): ProfileState | null;
}
export type SleepersDeps = {
  db: Db;
  host: SleepHost;
  desk: SleepDesk;
  workspaceOf: (profileId: string) => string;
  /** Null: never by time alone, only when another profile needs the slot. */
  hibernateAfterMs: number | null;
  /** How long one may sleep before it is opened for a reading; null: until something is due. */
  wakeAfterMs: number | null;
  copyEveryMs: number;
  tell: () => void;
  stop: AbortSignal;
};

/** From the launch to a page that has answered: a cold start of a large account. */
const wakeMs = 90_000;

/** Many profiles on few slots: which of them sleep, and what wakes them. */
export class Sleepers {
  readonly #deps: SleepersDeps;
  readonly #waking = new Map<string, Promise<void>>();
  readonly #inOrder = oneByOne();

  constructor(deps: SleepersDeps) {
    this.#deps = deps;
    deps.host.on((event) => void this.#hear(event).catch(() => undefined));
  }

  /** Opens a profile that sleeps, and waits until its page has answered. Does nothing for one that is open, or that a person has stopped. */
  async wake(ref: ProfileRef, signal: AbortSignal): Promise<void> {
    if (this.#deps.host.isLive(ref.accountId)) return;
    const row = await readProfile(this.#deps.db, ref);
    if (row.wanted !== 'running' || row.hibernatedAt === null) return;
    const waking = this.#waking.get(ref.accountId) ?? this.#open(ref);
    this.#waking.set(ref.accountId, waking);
    signal.throwIfAborted();
    await waking.finally(() => this.#waking.delete(ref.accountId));
  }

  /** Somebody looks at this profile: it opens when it sleeps. */
  async wakeForViewer(profileId: string): Promise<void> {
    if (this.#deps.host.isLive(profileId)) return;
    const ref = await sleepingProfile(this.#deps.db, profileId);
    if (ref) await this.wake(ref, this.#deps.stop);
  }

  /** Opens the longest sleeper for a reading, one at a time: the round of readings then finds it. */
  async lookIn(): Promise<void> {
    const { db, wakeAfterMs, stop } = this.#deps;
    if (wakeAfterMs === null) return;
    for (const ref of await sleepingProfiles(db, wakeAfterMs / 1000)) {
      if (stop.aborted) return;
      await this.wake(ref, stop).catch(() => undefined);
    }
  }

  async settle(): Promise<void> {
    const { host, hibernateAfterMs, copyEveryMs } = this.#deps;
    if (hibernateAfterMs !== null) await host.hibernateIdle(hibernateAfterMs);
    await host.copyDue(copyEveryMs);
  }

  async #open(ref: ProfileRef): Promise<void> {
    const limit = AbortSignal.any([this.#deps.stop, AbortSignal.timeout(wakeMs)]);
    const letGo = this.#deps.host.keepOpen(ref.accountId);
    try {
      await this.#deps.desk.start(ref, limit);
      await this.#answered(ref, limit);
    } finally {
      letGo();
    }
  }

  async #answered(ref: ProfileRef, limit: AbortSignal): Promise<void> {
    const isAnswered = () => {
      const state = this.#deps.desk.stateOf(ref.accountId);
      return state !== null && profileStates[state].group !== 'working';
    };
    while (!isAnswered()) {
      if (limit.aborted) throw new Failure('not_ready', 'The profile was woken, but its page has not answered yet.');
      await wait(100, undefined, { signal: limit }).catch(() => undefined);
    }
  }

  /**
   * Written before the lease goes back: no other host may take a sleeper for one that nobody holds. One that makes room the moment it has opened
   * would else be taken for awake, be opened for nothing, and take the slot of one that works.
   */
  async #hear(event: HostEvent): Promise<void> {
    const isAsleep = event.is === 'closing' && event.reason === 'idle';
    if (!isAsleep && event.is !== 'opened') return;
    const ref = { accountId: event.profileId, workspaceId: this.#deps.workspaceOf(event.profileId) };
    await this.#inOrder(ref.accountId, () => inWorkspace(this.#deps.db, ref.workspaceId, (trx) => setHibernated(trx, ref, isAsleep)));
    this.#deps.tell();
  }
}
