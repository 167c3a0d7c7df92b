import type { Logger } from 'pino';
import type { ProfileSpec } from '#browser-profiles/profile-spec.ts';
import type { ProxyOutcome, ProxyWatch } from '#browser-profiles/proxy-watch.ts';
import type { TryProxy } from '#browser-profiles/try-proxy.ts';
import { Failure } from '#core/failure.ts';
import type { JobPayload } from '#core/jobs.ts';
import { proxySentence } from '#core/proxy-trouble.ts';
import type { Clock } from '#sql/clock.ts';
import { type Db, inWorkspace } from '#sql/database.ts';
import { noteProxyCheck, noteProxyTry, type OpenProxy, openProxies, type ProxyPlace, readProxyAccess, takeProxyTrial } from '#sql/proxy-health.ts';
import type { Sealer } from '#sql/sealed.ts';

type Deps = { db: Db; sealer: Sealer; clock: Clock; tryProxy: TryProxy; tell: () => void; log: Pick<Logger, 'warn'> };
type Heard = { at: number; wasOk: boolean; writing: boolean };

/**
 * A page asks for fifty things at once, and all of them fail together: counted once a second, three failures in a row are three seconds without a
 * proxy, not one hiccup. That a proxy is well is written once a minute.
 */
const hearAgainMs = { failed: 1000, ok: 60_000 } as const;

/**
 * The breakers of all proxies, as this worker knows them: what profiles hear at their hops is written down, a proxy that failed too often is tried
 * by nobody until its time is over, and then by one worker, once.
 */
export class ProxyBreakers implements ProxyWatch {
  readonly #deps: Deps;
  readonly #heard = new Map<string, Heard>();
  #open = new Map<string, OpenProxy>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Why nobody may use this proxy now, if so. */
  whyOpen(proxyId: string | undefined): Failure | null {
    const open = proxyId === undefined ? undefined : this.#open.get(proxyId);
    if (!open) return null;
    const sentence = `${open.why ? proxySentence(open.why) : 'The proxy does not answer.'} It failed again and again, so it is left alone until it is tried once more.`;
    return new Failure('proxy_dead', sentence, { retryAt: open.retryAt });
  }

  refuseOpen({ proxy }: ProfileSpec): void {
    const why = proxy.is === 'proxy' ? this.whyOpen(proxy.id) : null;
    if (why) throw why;
  }

  heard({ workspaceId, proxy }: ProfileSpec, outcome: ProxyOutcome): void {
    if (proxy.is !== 'proxy' || proxy.id === undefined) return;
    const last = this.#heard.get(proxy.id);
    const again = outcome.ok && last?.wasOk ? hearAgainMs.ok : hearAgainMs.failed;
    const isTurn = outcome.ok && last && !last.wasOk;
    if (last && (last.writing || (!isTurn && performance.now() - last.at < again))) return;
    const mine: Heard = { at: performance.now(), wasOk: outcome.ok, writing: true };
    this.#heard.set(proxy.id, mine);
    void this.#write({ workspaceId, proxyId: proxy.id }, outcome)
      .catch((error: unknown) => this.#deps.log.warn({ err: error }, 'what a proxy has shown could not be written'))
      .finally(() => {
        mine.writing = false;
      });
  }

  /** Looks which proxies are open anywhere, and tries those whose time is over. */
  async settle(signal: AbortSignal): Promise<void> {
    const { db, clock } = this.#deps;
    const due = (await this.#look()).filter((one) => one.retryAt <= clock.now());
    await Promise.all(
      due.map(async (one) => {
        if (await takeProxyTrial(db, one, clock.now())) await this.#check(one, { isTrial: true }, signal);
      }),
    );
  }

  /** The job that a person's "check all" is. */
  check(job: JobPayload<'proxy_check'>, signal: AbortSignal): Promise<void> {
    return this.#check(job, { isTrial: false }, signal);
  }

  async #check(place: ProxyPlace, { isTrial }: { isTrial: boolean }, signal: AbortSignal): Promise<void> {
    const { db, sealer, clock, tryProxy, tell } = this.#deps;
    const access = await inWorkspace(db, place.workspaceId, (trx) => readProxyAccess(trx, place.proxyId)).catch((error: unknown) => {
      if (error instanceof Failure && error.code === 'not_found') return null;
      throw error;
    });
    if (!access) return;
    const { sealedPassword, ...parts } = access;
    const check = await tryProxy({ ...parts, password: sealedPassword && sealer.openText(sealedPassword) }, signal);
    const turn = await inWorkspace(db, place.workspaceId, (trx) => noteProxyCheck(trx, place, { check, isTrial, now: clock.now() }));
    if (turn !== null || isTrial) await this.#look();
    tell();
  }

  async #write(place: ProxyPlace, { ok, why }: ProxyOutcome): Promise<void> {
    const { db, clock, tell } = this.#deps;
    const turn = await inWorkspace(db, place.workspaceId, (trx) => noteProxyTry(trx, place, { ok, why, isTrial: false }, clock.now()));
    if (turn !== null) await this.#look();
    tell();
  }

  async #look(): Promise<OpenProxy[]> {
    const open = await openProxies(this.#deps.db);
    this.#open = new Map(open.map((one) => [one.proxyId, one]));
    return open;
  }
}
