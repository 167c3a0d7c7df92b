import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright';
import { Failure } from '#core/failure.ts';
import { type BackoffLimits, usualBackoff } from './backoff.ts';
import type { HostEvent, StopReason } from './host-event.ts';
import type { LaunchOptions } from './launch.ts';
import type { Leases } from './leases.ts';
import { ProfileRunner, usualSealMs } from './profile-runner.ts';
import type { ProfileSpec } from './profile-spec.ts';
import type { Work } from './serve-work.ts';
import { Slots } from './slots.ts';
import type { Snapshots } from './snapshot.ts';
import { Stagger } from './stagger.ts';
import { startWatchdog, type Watchdog } from './start-watchdog.ts';

/** How long a viewer puts off a copy, which takes the page away for some seconds. */
const sparedMs = 10 * 60_000;

export type HostOptions = Omit<LaunchOptions, 'mark'> & {
  /** Browsers that may be open at once; a real messenger costs 300-500 MB. */
  slots: number;
  leases: Leases;
  /** Where sessions lie while no browser has them open; without it, only in their folders. */
  snapshots?: Snapshots | null;
  backoff?: BackoffLimits;
  sealMs?: number;
};

/**
 * Owns the browsers of one worker. Nobody else launches or closes one. Work on a profile is done one piece at a time, in order, under
 * a lease; at most `slots` browsers are open, and the one that was idle longest makes room.
 */
export class ProfileHost implements AsyncDisposable {
  readonly #options: HostOptions;
  readonly #slots: Slots;
  readonly #stagger = new Stagger();
  readonly #runners = new Map<string, ProfileRunner>();
  readonly #listeners = new Set<(event: HostEvent) => void>();
  readonly #watched = new Map<string, number>();
  readonly #kept = new Map<string, number>();
  #watchdog: Watchdog | null = null;
  #isStopping = false;
  readonly #mark = randomUUID();

  constructor(options: HostOptions) {
    this.#options = options;
    this.#slots = new Slots(options.slots, () => this.#freeOne());
  }

  /**
   * Runs `work` on the profile's page, opening the browser when needed. Waits for earlier work and for a slot, until `signal` aborts.
   * Throws what `launchProfile` throws; `browser_crashed` or `lease_lost` when that happens meanwhile; in the time after a crash
   * the last failure with `retryAt`. A changed `spec` closes the browser and opens it anew.
   */
  async use<T>(spec: ProfileSpec, work: Work<T>, signal: AbortSignal, options?: { isRoutine: boolean }): Promise<T> {
    return this.#runnerOf(spec.id).use(spec, work, signal, options);
  }

  /** Opens the browser now, whatever crashed before, and until it is stopped again after crashes and what else may pass; the first failure is thrown. */
  async start(spec: ProfileSpec, signal: AbortSignal): Promise<void> {
    return this.#runnerOf(spec.id).start(spec, signal);
  }

  /** Closes the browser in order once running work has ended (at most 30 s), and turns away what waits. Does nothing when it is closed. */
  async stop(profileId: string, reason: StopReason = 'asked'): Promise<void> {
    await this.#runners.get(profileId)?.stop(reason);
  }

  isLive(profileId: string): boolean {
    return this.pageOf(profileId) !== null;
  }

  /** For looking only: whoever acts on a page goes through `use`. */
  pageOf(profileId: string): Page | null {
    return this.#runners.get(profileId)?.page ?? null;
  }

  /** How long the messenger has not answered this page. */
  silentMs(profileId: string): number {
    return this.#runners.get(profileId)?.silentMs ?? 0;
  }

  liveIds(): string[] {
    return [...this.#runners.keys()].filter((id) => this.isLive(id));
  }

  /** A login has just happened: for ten seconds this browser is not closed, so that the session reaches the disk. */
  seal(profileId: string): void {
    this.#runners.get(profileId)?.seal();
  }

  /** Keeps the sessions that should be kept by now, one after another. Whoever looks at one is spared for a while, whoever acts on it until the end. */
  async copyDue(everyMs: number): Promise<void> {
    for (const [id, runner] of this.#runners) {
      // Somebody waits for a slot: closed for that one, its session is kept as well.
      if (this.#slots.isWaitedFor) return;
      const lateMs = performance.now() - runner.copyDueAt(everyMs);
      if (lateMs > (this.#watched.has(id) ? sparedMs : 0) && !this.#kept.has(id)) await runner.copy();
    }
  }

  /** Closes what nobody has used for so long; what is only looked at by itself is not used. */
  async hibernateIdle(afterMs: number): Promise<void> {
    const isForgotten = (runner: ProfileRunner) => runner.isIdle && performance.now() - runner.usedAt > afterMs;
    const idle = [...this.#runners].filter(([id, runner]) => isForgotten(runner) && !this.#isInUse(id));
    await Promise.all(idle.map(([, runner]) => runner.stop('idle')));
  }

  /** Opens this browser anew once it is idle, because it takes too much. Answers false while somebody uses or looks at it. */
  async recycle(profileId: string): Promise<boolean> {
    const runner = this.#runners.get(profileId);
    if (!runner?.isIdle || this.#isInUse(profileId)) return false;
    await runner.copy();
    return true;
  }

  /** Keeps or removes what lies in the folder of a profile although no browser is open. */
  async tidy(profileId: string): Promise<void> {
    await this.#runnerOf(profileId).tidy();
  }

  /** Its page does not live any more: the browser is ended, and opened again as after a crash. */
  giveUp(profileId: string, failure: Failure): void {
    this.#runners.get(profileId)?.giveUp(failure);
  }

  #isInUse(profileId: string): boolean {
    return this.#kept.has(profileId) || this.#watched.has(profileId);
  }

  /** From here on no more than so many browsers are opened; those that are open stay. */
  limit(count: number): void {
    this.#slots.limit(count);
  }

  /** Somebody looks at this profile: others make room first. Call the answer when they look away. */
  keepInView(profileId: string): () => void {
    return this.#countIn(this.#watched, profileId);
  }

  /** A person acts on this profile, or work is about to begin: it does not make room for another one. Call the answer when that has ended. */
  keepOpen(profileId: string): () => void {
    return this.#countIn(this.#kept, profileId);
  }

  /** Hears of launches, closings and crashes, in order. Answers how to stop listening. */
  on(listener: (event: HostEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Aborts what runs, closes every browser in order, and lets the watchdog go. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true;
    await Promise.all([...this.#runners.values()].map((runner) => runner.stop('stopping')));
    await this.#watchdog?.close();
  }

  #runnerOf(profileId: string): ProfileRunner {
    if (this.#isStopping) throw new Failure('stopping');
    const existing = this.#runners.get(profileId);
    if (existing) return existing;
    const { leases, snapshots = null, backoff = usualBackoff, sealMs = usualSealMs, ...launch } = this.#options;
    const runner = new ProfileRunner({
      profileId,
      launch: { ...launch, mark: this.#mark },
      leases,
      snapshots,
      backoff,
      sealMs,
      slots: this.#slots,
      stagger: this.#stagger,
      watchdog: () => this.#startedWatchdog(),
      tell: (event) => this.#tell(event),
    });
    this.#runners.set(profileId, runner);
    return runner;
  }

  #startedWatchdog(): Watchdog {
    this.#watchdog ??= startWatchdog(this.#mark);
    return this.#watchdog;
  }

  #tell(event: HostEvent): void {
    const { is, profileId } = event;
    if (is === 'crashed' || is === 'failed') this.#options.log.warn({ profileId, code: event.failure.code, retryAt: event.retryAt }, `profile ${is}`);
    else if (is !== 'closing') this.#options.log.info({ profileId, ...(is === 'closed' ? { reason: event.reason } : {}) }, `profile ${is}`);
    for (const listener of this.#listeners) listener(event);
  }

  /** Unwatched before watched, settled before sealed, and then the one that was idle longest. */
  async #freeOne(): Promise<boolean> {
    const rank = (id: string, runner: ProfileRunner) => (runner.isSealed ? 2 : 0) + (this.#watched.has(id) ? 1 : 0);
    const idle = [...this.#runners].filter(([id, runner]) => runner.isIdle && !this.#kept.has(id));
    idle.sort(([idA, a], [idB, b]) => rank(idA, a) - rank(idB, b) || a.usedAt - b.usedAt);
    const victim = idle[0]?.[1];
    await victim?.stop('idle');
    return victim !== undefined;
  }

  /** Counts one more; the answer takes it back, once. Who waits for a slot may have waited for this. */
  #countIn(counts: Map<string, number>, profileId: string): () => void {
    counts.set(profileId, (counts.get(profileId) ?? 0) + 1);
    let isDone = false;
    return () => {
      if (isDone) return;
      isDone = true;
      const left = (counts.get(profileId) ?? 1) - 1;
      if (left > 0) counts.set(profileId, left);
      else counts.delete(profileId);
      this.#slots.nudge();
    };
  }
}
