import { setTimeout as wait } from 'node:timers/promises';
import { type QrView, readQr } from '#browser-profiles/engine/login.ts';
import { probeState } from '#browser-profiles/engine/probe-state.ts';
import type { HostEvent } from '#browser-profiles/host-event.ts';
import { asFailure, Failure } from '#core/failure.ts';
import type { LoginAsk } from '#core/login-ask.ts';
import { canType, type ProfileState, profileStates } from '#core/profile.ts';
import type { LoadedPack } from '#core/script.ts';
import { inWorkspace } from '#sql/database.ts';
import { recordEvent } from '#sql/events.ts';
import { type ProfileRow, type StateChange, setProfileState, setWanted } from '#sql/profile-access.ts';
import { type Desk, hasSignedIn, isAnswer, isElsewhere, newDesk, noteTold, type Step, stepOf } from './desk.ts';
import type { DeskDeps, FlowRows } from './desk-deps.ts';
import { oneByOne } from './one-by-one.ts';
import { type ProfileRef, readProfile, specOf } from './profile-spec-of.ts';
import { ScreenJudge } from './screen-judge.ts';

/** How often a screen is looked at: quickly while something is asked of a person, slowly once it is ready. */
const lookMs = { busy: 700, settled: 3000, longest: 10_000 } as const;
const watchedMs = 30_000;

/** Keeps watch over the profiles that run on this host: which screen each shows, its QR code, and what a person types to log in. */
export class ProfileDesk {
  readonly #deps: DeskDeps;
  readonly #desks = new Map<string, Desk>();
  readonly #inOrder = oneByOne();

  constructor(deps: DeskDeps) {
    this.#deps = deps;
    deps.host.on((event) => void this.#hear(event).catch(() => undefined));
  }

  /** Opens the browser and watches its screen until `stop`. Throws what launching throws, after writing it as the profile's state. */
  async start(ref: ProfileRef, signal: AbortSignal): Promise<void> {
    this.#deps.hold(ref);
    const row = await readProfile(this.#deps.db, ref);
    const desk = this.#deskOf(ref);
    desk.isLeft = false;
    try {
      await this.#show(desk, 'launching', null);
      await this.#deps.host.start(specOf(row, this.#deps.sealer), signal);
    } catch (error) {
      const failure = asFailure(error);
      // Without a database nothing has begun: the next round tries again. Whoever stopped it meanwhile has said what it is.
      if (isElsewhere(failure) || !(error instanceof Failure) || desk.stop.signal.aborted) this.#leave(desk);
      else await this.#fail(desk, failure).catch(() => this.#leave(desk));
      throw error;
    }
  }

  async stop(ref: ProfileRef): Promise<void> {
    const desk = this.#desks.get(ref.accountId);
    desk?.stop.abort();
    this.#desks.delete(ref.accountId);
    await this.#deps.host.stop(ref.accountId, 'asked');
    if (desk && !desk.isLeft) await this.#show(desk, 'stopped', null);
    else await this.#write({ ...ref, state: 'stopped', why: null });
  }

  /** The profile was removed: its browser is closed, and nothing is watched or written any more. */
  async forget(profileId: string): Promise<void> {
    this.#desks.get(profileId)?.stop.abort();
    this.#desks.delete(profileId);
    await this.#deps.host.stop(profileId, 'asked');
  }

  /** What the login shows now, after doing what was asked. */
  async login(ref: ProfileRef, ask: LoginAsk, signal: AbortSignal): Promise<Step> {
    const existing = this.#desks.get(ref.accountId);
    if (ask.by === 'look' && !existing) return stepOf(null);
    if (!existing || !this.#deps.host.isLive(ref.accountId)) {
      // Whoever logs a profile in wants it to run: a worker that starts again opens it.
      await inWorkspace(this.#deps.db, ref.workspaceId, (trx) => setWanted(trx, ref.accountId, 'running'));
      await this.start(ref, signal);
    }
    const desk = this.#deskOf(ref);
    desk.watchedUntil = performance.now() + watchedMs;
    if (ask.by === 'qr' && (desk.state === 'needs_phone' || desk.state === 'needs_code')) await this.#backToQr(desk, signal);
    if (ask.by === 'qr') await this.#until(desk, (one) => one.qr !== null || isAnswer(one.state), 20_000, signal);
    if (ask.by === 'phone') await this.#fill(desk, 'login.phone', { phone: ask.phone }, signal);
    if (ask.by === 'code') await this.#fill(desk, 'login.code', { code: ask.code }, signal);
    if (ask.by === 'password') {
      await this.#until(desk, (one) => isAnswer(one.state), 20_000, signal);
      await this.#fill(desk, 'login.password', { password: ask.password, ...(ask.username ? { username: ask.username } : {}) }, signal);
      if (ask.remember) await this.#remember(ref, { username: ask.username ?? '', password: ask.password });
    }
    return stepOf(desk);
  }

  stateOf(profileId: string): ProfileState | null {
    return this.#desks.get(profileId)?.state ?? null;
  }

  /** A profile that should still run and that nobody holds: one that its proxy held comes back by itself, once the proxy may be tried. */
  async isToBeOpened(ref: ProfileRef): Promise<boolean> {
    const desk = this.#desks.get(ref.accountId);
    const { proxy, wanted, hibernatedAt } = await readProfile(this.#deps.db, ref);
    if (wanted !== 'running' || hibernatedAt !== null) return false;
    if (desk?.isLeft) return true;
    if (desk?.state !== 'held' || desk.failure?.code !== 'proxy_dead') return desk === undefined;
    return proxy !== null && this.#deps.whyHeld(proxy.id) === null;
  }

  /** Throws why nothing can be typed on this profile now. A profile that runs but has not been looked at yet is `not_ready`. */
  refuseUnlessReady(profileId: string): void {
    const desk = this.#desks.get(profileId);
    if (!desk || profileStates[desk.state].group === 'working') throw new Failure('not_ready');
    if (desk.state === 'restricted' || canType(desk.state)) return;
    if (desk.state === 'held' && desk.failure) throw desk.failure;
    throw profileStates[desk.state].attention === 3 ? new Failure('logged_out') : new Failure('not_ready', desk.why ?? undefined);
  }

  #deskOf(ref: ProfileRef): Desk {
    const known = this.#desks.get(ref.accountId);
    if (known) return known;
    const desk = newDesk(ref);
    this.#desks.set(ref.accountId, desk);
    void this.#watch(desk);
    return desk;
  }

  async #watch(desk: Desk): Promise<void> {
    const { signal } = desk.stop;
    const judge = new ScreenJudge(performance.now());
    while (!signal.aborted) {
      const page = this.#deps.host.pageOf(desk.ref.accountId);
      if (page) await this.#look(desk, judge).catch(() => undefined);
      else judge.closed(performance.now());
      await wait(desk.state === 'ready' ? lookMs.settled : lookMs.busy, undefined, { signal }).catch(() => undefined);
    }
  }

  async #look(desk: Desk, judge: ScreenJudge): Promise<void> {
    const { host, db } = this.#deps;
    const { accountId } = desk.ref;
    // A database that is away says nothing about the page: this throws, and the next look judges.
    const row = await readProfile(db, desk.ref);
    const seen = (await this.#probe(desk, row).catch(() => null)) ?? null;
    if (desk.stop.signal.aborted || !host.isLive(accountId)) return;
    const { answersWithinSeconds } = this.#packOf(row.channel);
    const isSilent = answersWithinSeconds !== null && host.silentMs(accountId) > answersWithinSeconds * 1000;
    const verdict = judge.judge(seen, { state: desk.state, isSilent, now: performance.now() });
    if (verdict.is === 'dead') host.giveUp(accountId, new Failure('browser_crashed', verdict.why));
    if (verdict.is === 'shows') await this.#see(desk, verdict.state, verdict.why);
    if (desk.isNew) this.#welcome(desk);
  }

  async #probe(desk: Desk, row: ProfileRow) {
    const page = this.#deps.host.pageOf(desk.ref.accountId);
    const pack = this.#packOf(row.channel);
    // Behind a proxy that is dead the page still shows what it showed before.
    desk.failure = this.#deps.whyHeld(row.proxy?.id);
    if (desk.failure) return { is: 'held' as const, why: desk.failure.code };
    const limitMs = canType(desk.state) ? lookMs.settled : lookMs.longest;
    return page && probeState(page, pack, { language: row.locale, signal: AbortSignal.any([desk.stop.signal, AbortSignal.timeout(limitMs)]) });
  }

  /** A screen was seen: its code is read while somebody may scan it, and a profile that became ready says who it is. */
  async #see(desk: Desk, state: ProfileState, why: string | null): Promise<void> {
    const was = desk.state;
    if (state === 'needs_qr' || state === 'qr_expired') await this.#readQr(desk);
    else if (desk.qr) await this.#setQr(desk, null);
    const becameReady = state === 'ready' && was !== 'ready';
    await this.#show(desk, state, why);
    if (hasSignedIn(desk, state)) this.#deps.host.seal(desk.ref.accountId);
    if (becameReady) {
      desk.linkCode = null;
      desk.isNew = true;
      this.#welcome(desk);
    }
    if (state === 'needs_password' || state === 'logged_out') await this.#signInAgain(desk);
  }

  async #readQr(desk: Desk): Promise<void> {
    const row = await readProfile(this.#deps.db, desk.ref);
    const isWatched = performance.now() < desk.watchedUntil && !this.#deps.isControlled(desk.ref.accountId);
    const view: QrView = await this.#deps.host.use(
      specOf(row, this.#deps.sealer),
      (page, signal) => readQr({ page, pack: this.#packOf(row.channel), signal, language: row.locale, isWatched }),
      desk.stop.signal,
    );
    await this.#setQr(desk, view.is === 'code' ? view.text : null);
  }

  async #setQr(desk: Desk, text: string | null): Promise<void> {
    if ((desk.qr?.text ?? null) === text) return;
    desk.qr = text === null ? null : { text, at: new Date() };
    await inWorkspace(this.#deps.db, desk.ref.workspaceId, (trx) =>
      recordEvent(trx, desk.ref.workspaceId, { kind: 'qr_changed', profileId: desk.ref.accountId }),
    );
    this.#deps.tell();
  }

  /** Once nobody controls the page. Beside the watch, not in it: while the page is asked who it is, it may freeze, and its state has to say so. */
  #welcome(desk: Desk): void {
    if (desk.isWelcomed || this.#deps.isControlled(desk.ref.accountId)) return;
    desk.isWelcomed = true;
    desk.isNew = false;
    const again = () => {
      desk.isNew = true;
    };
    const done = () => {
      desk.isWelcomed = false;
    };
    void this.#askWho(desk).catch(again).finally(done);
  }

  async #askWho(desk: Desk): Promise<void> {
    const rows = await this.#deps.run(desk.ref, 'me', {}, desk.stop.signal).catch((): FlowRows => ({}));
    const identity =
      Object.values(rows)
        .flat()
        .map((row) => row.identity ?? row.name ?? null)
        .find((name) => name !== null) ?? null;
    if (identity && identity !== desk.identity) {
      await this.#write({ ...desk.ref, state: desk.state, why: desk.why, identity });
      desk.identity = identity;
    }
    await this.#deps.onReady(desk.ref);
    this.#deps.tell();
  }

  /** With remembered credentials a profile that is asked again signs in by itself, at most once a minute. */
  async #signInAgain(desk: Desk): Promise<void> {
    if (this.#deps.isControlled(desk.ref.accountId) || (desk.signedInAt > 0 && performance.now() - desk.signedInAt < 60_000)) return;
    const row = await readProfile(this.#deps.db, desk.ref);
    if (!row.sealedCredentials || !this.#packOf(row.channel).login.password) return;
    desk.signedInAt = performance.now();
    // Sealed by #remember below.
    const credentials = JSON.parse(this.#deps.sealer.openText(row.sealedCredentials)) as { username: string; password: string };
    await this.#deps.run(desk.ref, 'login.password', credentials, desk.stop.signal);
  }

  async #remember(ref: ProfileRef, credentials: { username: string; password: string }): Promise<void> {
    const sealed = this.#deps.sealer.seal(JSON.stringify(credentials));
    await inWorkspace(this.#deps.db, ref.workspaceId, (trx) =>
      trx.updateTable('profiles').set({ sealed_credentials: sealed }).where('account_id', '=', ref.accountId).execute(),
    );
  }

  async #fill(desk: Desk, flow: string, input: Record<string, string>, signal: AbortSignal): Promise<void> {
    const rows = await this.#deps.run(desk.ref, flow, input, signal);
    desk.linkCode = rows.linkCode?.[0]?.code ?? desk.linkCode;
    const screen = await this.#probe(desk, await readProfile(this.#deps.db, desk.ref)).catch(() => null);
    if (screen && screen.is !== 'unknown') await this.#see(desk, screen.is, screen.why);
  }

  /** From the form of a phone number to the picture, where the messenger has a way back. */
  async #backToQr(desk: Desk, signal: AbortSignal): Promise<void> {
    const row = await readProfile(this.#deps.db, desk.ref);
    if (this.#packOf(row.channel).login.qr?.steps.length) await this.#fill(desk, 'login.qr', {}, signal);
  }

  async #until(desk: Desk, isDone: (desk: Desk) => boolean, ms: number, signal: AbortSignal): Promise<void> {
    const limit = AbortSignal.any([signal, desk.stop.signal, AbortSignal.timeout(ms)]);
    while (!isDone(desk) && !limit.aborted) await wait(100, undefined, { signal: limit }).catch(() => undefined);
  }

  async #hear(event: HostEvent): Promise<void> {
    const desk = this.#desks.get(event.profileId);
    if (!desk) return;
    if (event.is === 'closed' && event.reason === 'lease_lost') return this.#leave(desk);
    if (event.is === 'failed' && isElsewhere(event.failure)) return this.#leave(desk);
    if (event.is === 'launching') desk.isLeft = false;
    if (event.is === 'launching') await this.#show(desk, 'launching', null);
    if (event.is === 'opened') await this.#show(desk, 'loading', null);
    if (event.is === 'failed' || event.is === 'crashed') await this.#fail(desk, event.failure);
    if (event.is === 'closed' && event.reason !== 'settings_changed' && event.reason !== 'copying')
      await this.#show(desk, 'stopped', event.reason === 'idle' ? 'made_room' : null);
  }

  /** Nothing is written any more, until this host opens the profile again: by itself after a crash, or because nobody holds it. */
  #leave(desk: Desk): void {
    Object.assign(desk, { isLeft: true, state: 'stopped', why: null, failure: null } satisfies Partial<Desk>);
  }

  async #fail(desk: Desk, failure: Failure): Promise<void> {
    desk.failure = failure;
    const isHeld = failure.code === 'proxy_dead' || failure.code === 'proxy_missing' || failure.code === 'no_browser';
    await this.#show(desk, isHeld ? 'held' : 'failed', isHeld ? failure.code : failure.message);
  }

  async #show(desk: Desk, state: ProfileState, why: string | null): Promise<void> {
    if (desk.isLeft || (!desk.isUntold && desk.state === state && desk.why === why)) return;
    desk.state = state;
    desk.why = why;
    await noteTold(desk, this.#write({ ...desk.ref, state, why }));
  }

  async #write(change: StateChange): Promise<void> {
    await this.#inOrder(change.accountId, () => inWorkspace(this.#deps.db, change.workspaceId, (trx) => setProfileState(trx, change)));
    this.#deps.tell();
  }

  #packOf(channel: string): LoadedPack {
    const pack = this.#deps.packs.get(channel);
    if (!pack) throw new Failure('script_invalid', `There is no script pack named ${channel}.`);
    return pack;
  }
}
