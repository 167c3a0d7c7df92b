import { setTimeout as wait } from 'node:timers/promises';
import type { Page } from 'playwright';
import { asFailure, Failure } from '#core/failure.ts';
import { Backoff, type BackoffLimits } from './backoff.ts';
import { type Ending, type Hold, type HoldOptions, holdBrowser, parkLeftFolder } from './hold-browser.ts';
import type { HostEvent, StopReason } from './host-event.ts';
import { Line } from './line.ts';
import type { ProfileSpec } from './profile-spec.ts';
import { serveWork, type Work } from './serve-work.ts';

export type RunnerOptions = HoldOptions & { profileId: string; backoff: BackoffLimits; sealMs: number; tell(event: HostEvent): void };

/** What running work gets when a person stops its profile; longer than any single act of a flow. */
const finishMs = 30_000;
/** A login that is killed sooner loses its localStorage (measured: up to 6 s; ten with a margin). */
export const usualSealMs = 10_000;
const never = new AbortController().signal;
/** What becomes of the session, by why the browser is closed. */
const endings: Record<StopReason, Ending> = {
  asked: 'park',
  idle: 'park',
  stopping: 'park',
  copying: 'copy',
  settings_changed: 'leave',
  lease_lost: 'leave',
};

/** One profile of a host: its line of work, its browser while there is one, and how soon it may come back after a crash. */
export class ProfileRunner {
  readonly #options: RunnerOptions;
  readonly #line = new Line();
  readonly #backoff: Backoff;
  #hold: Hold | null = null;
  #cleaning: Promise<void> = Promise.resolve();
  #lastFailure: Failure | null = null;
  #settings = '';
  #isComingBack = false;
  #sealUntil = 0;
  #usedAt = 0;
  /** A login whose session was not kept yet. */
  #hasNewLogin = false;
  #keptAt = 0;
  /** What a started profile is opened again with after a crash. */
  #wanted: ProfileSpec | null = null;
  #turnAway = new AbortController();

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.backoff);
  }

  get page(): Page | null {
    return this.#hold?.browser.page ?? null;
  }

  get silentMs(): number {
    return this.#hold?.browser.sockets.silentMs() ?? 0;
  }

  /** Open, and nothing runs or waits. A sealed one counts: closing it waits for the seal. */
  get isIdle(): boolean {
    return this.#hold !== null && this.#line.isEmpty;
  }

  get isSealed(): boolean {
    return performance.now() < this.#sealUntil;
  }

  get usedAt(): number {
    return this.#usedAt;
  }

  seal(): void {
    this.#sealUntil = performance.now() + this.#options.sealMs;
    this.#hasNewLogin = true;
  }

  /** Since when its session should have been kept, of performance.now: a login was sealed, or the last copy is older than `everyMs`. */
  copyDueAt(everyMs: number): number {
    return this.#hasNewLogin ? this.#sealUntil : this.#keptAt + everyMs;
  }

  /** Closes the browser, keeps its session, and opens it again. Work that comes meanwhile waits; nothing happens while some runs. */
  async copy(): Promise<void> {
    if (!this.isIdle) return;
    await this.#line.run(async () => {
      const spec = this.#hold?.spec;
      if (!spec) return;
      await this.#close('copying');
      // What fails is told as an event; a started profile then comes back like after a crash.
      await this.#open(spec, this.#turnAway.signal).catch(() => void this.#comeBack());
    }, never);
  }

  /** Keeps or removes what lies in the folder although no browser is open. */
  async tidy(): Promise<void> {
    await this.#line.run(async () => {
      await this.#cleaning;
      if (!this.#hold) await parkLeftFolder(this.#options.profileId, this.#options);
    }, never);
  }

  /** The browser is there, yet its page does not live any more: it is ended like one that crashed. */
  giveUp(failure: Failure): void {
    const hold = this.#hold;
    if (!hold || hold.ended.aborted) return;
    hold.end(failure);
    this.#onGone(hold, failure);
  }

  /** `isRoutine`: a look that comes by itself; it does not count as use when the longest idle one is sought. */
  async use<T>(spec: ProfileSpec, work: Work<T>, signal: AbortSignal, { isRoutine = false } = {}): Promise<T> {
    const waiting = AbortSignal.any([signal, this.#turnAway.signal]);
    try {
      return await this.#line.run(async () => {
        const hold = await this.#open(spec, waiting);
        return serveWork(hold, work, signal);
      }, waiting);
    } finally {
      if (!isRoutine) this.#usedAt = performance.now();
      this.#options.slots.nudge();
    }
  }

  async start(spec: ProfileSpec, signal: AbortSignal): Promise<void> {
    this.#backoff.override();
    const stopped = this.#turnAway.signal;
    try {
      await this.use(spec, async () => undefined, signal);
      this.#wanted = spec;
    } catch (error) {
      if (!signal.aborted && !stopped.aborted && mayPass(asFailure(error))) {
        this.#wanted = spec;
        // It reports each failure as an event and throws none.
        void this.#comeBack();
      }
      throw error;
    }
  }

  async stop(reason: StopReason): Promise<void> {
    const turnAway = this.#turnAway;
    if (reason !== 'idle') {
      this.#wanted = null;
      this.#turnAway = new AbortController();
      turnAway.abort(reason === 'stopping' ? new Failure('stopping') : new Failure('not_ready', 'The profile was stopped before this could run.'));
    }
    const finished = new AbortController();
    if (reason === 'stopping') this.#hold?.end(new Failure('stopping'));
    else if (reason === 'asked') void this.#endAfter(finishMs, finished.signal);
    await this.#line.run(async () => {
      finished.abort();
      await this.#cleaning;
      if (this.#hold) await this.#close(reason);
      else if (reason === 'asked') await parkLeftFolder(this.#options.profileId, this.#options);
    }, never);
  }

  async #endAfter(ms: number, finished: AbortSignal): Promise<void> {
    const hold = this.#hold;
    await wait(ms, undefined, { signal: finished }).catch(() => undefined);
    if (!finished.aborted) hold?.end(new Failure('not_ready', 'The profile was stopped.'));
  }

  async #open(spec: ProfileSpec, signal: AbortSignal): Promise<Hold> {
    await this.#cleaning;
    const settings = settingsOf(spec);
    if (this.#hold && settings === this.#settings) return this.#hold;
    if (this.#hold) await this.#close('settings_changed');
    if (settings !== this.#settings) this.#backoff.override();
    this.#settings = settings;
    if (spec.proxy.is === 'missing') throw new Failure('proxy_missing');
    if (this.#backoff.waitMs > 0) throw this.#notYet();
    const { tell, profileId } = this.#options;
    const options = {
      ...this.#options,
      onLaunching: () => tell({ is: 'launching', profileId }),
      onGone: (hold: Hold, failure: Failure) => this.#onGone(hold, failure),
    };
    const hold = await holdBrowser(spec, options, signal).catch((error: unknown) => {
      throw this.#launchFailed(error, signal);
    });
    // It may have died before it could be kept here; onGone has seen to it.
    if (hold.ended.aborted) throw asFailure(hold.ended.reason);
    this.#hold = hold;
    this.#keptAt = performance.now();
    tell({ is: 'opened', profileId });
    return hold;
  }

  #notYet(): Failure {
    const { code, message } = this.#lastFailure ?? new Failure('browser_crashed');
    return new Failure(code, message, { retryAt: this.#backoff.retryAt, cause: this.#lastFailure });
  }

  #launchFailed(error: unknown, signal: AbortSignal): unknown {
    const { tell, profileId } = this.#options;
    if (signal.aborted) {
      tell({ is: 'closed', profileId, reason: 'asked' });
      return error;
    }
    const failure = asFailure(error);
    const counts = failure.canRetry && failure.code !== 'profile_in_use' && failure.code !== 'lease_lost';
    if (counts) this.#backoff.fail(0);
    this.#lastFailure = failure;
    tell({ is: 'failed', profileId, failure, retryAt: counts ? this.#backoff.retryAt : null });
    return failure;
  }

  async #close(reason: StopReason): Promise<void> {
    const hold = this.#hold;
    if (!hold) return;
    this.#options.tell({ is: 'closing', profileId: this.#options.profileId, reason });
    hold.end(new Failure('stopping'));
    this.#hold = null;
    await hold.close(this.#sealUntil, endings[reason]);
    if (endings[reason] !== 'leave') this.#hasNewLogin = false;
    this.#options.tell({ is: 'closed', profileId: this.#options.profileId, reason });
  }

  #onGone(hold: Hold, failure: Failure): void {
    const { tell, profileId } = this.#options;
    if (this.#hold === hold) this.#hold = null;
    // The next one that opens waits for this; what a dead browser leaves cannot fail it.
    this.#cleaning = hold.kill().catch(() => undefined);
    if (failure.code === 'lease_lost') {
      tell({ is: 'closed', profileId, reason: 'lease_lost' });
      return;
    }
    this.#lastFailure = failure;
    this.#backoff.fail(performance.now() - hold.readyAt);
    tell({ is: 'crashed', profileId, failure, retryAt: this.#backoff.retryAt });
    // It reports each failure as an event and throws none.
    void this.#comeBack();
  }

  /** Opens a started profile again, as often as it takes, each time later. Ends when it is open, stopped, or beyond retrying. */
  async #comeBack(): Promise<void> {
    if (this.#isComingBack) return;
    this.#isComingBack = true;
    const stopped = this.#turnAway.signal;
    while (this.#wanted && !this.#hold && !stopped.aborted) {
      await wait(this.#backoff.waitMs, undefined, { signal: stopped }).catch(() => undefined);
      if (!this.#wanted || stopped.aborted) break;
      const failure = await this.use(this.#wanted, async () => undefined, stopped).then(
        () => null,
        (error: unknown) => asFailure(error),
      );
      if (failure && !mayPass(failure)) break;
    }
    this.#isComingBack = false;
  }
}

/** Another host's profile is not waited for: who may open it is decided elsewhere. */
const mayPass = ({ canRetry, code }: Failure): boolean => canRetry && code !== 'profile_in_use';

/** What a launch depends on, in one order whoever wrote the object. */
function settingsOf({ baseUrl, locale, zone, proxy, stealth }: ProfileSpec): string {
  return JSON.stringify([baseUrl, locale, zone, proxy.is, proxy.is === 'proxy' ? proxy.url : null, stealth]);
}
