import type { Logger } from 'pino';
import { loadPacks } from '#browser-profiles/engine/load-packs.ts';
import { findBrowser } from '#browser-profiles/find-browser.ts';
import { createGates } from '#browser-profiles/gate.ts';
import { ProfileHost } from '#browser-profiles/host.ts';
import { createLiveView } from '#browser-profiles/live-view.ts';
import { type AccountKey, createPackRunner } from '#browser-profiles/pack-runner.ts';
import { createProxyTrier } from '#browser-profiles/try-proxy.ts';
import { keepPageLog } from '#browser-profiles/page-log.ts';
import { createWebChannel } from '#channels/web.ts';
import { createPace } from '#core/pace.ts';
import { rulesOf } from './choose.ts';
import type { WorkerConfig } from './config.ts';
import { ControlDesk } from './control-desk.ts';
import type { FlowRows } from './desk-deps.ts';
import type { Ground } from './ground.ts';
import { createRunKeeper } from './keep-run.ts';
import { ProfileDesk } from './profile-desk.ts';
import { type ProfileRef, readProfile, specOf } from './profile-spec-of.ts';
import { ProxyBreakers } from './proxy-breakers.ts';

export type Browsers = Awaited<ReturnType<typeof openBrowsers>>;

/** The browsers of a worker and everything that drives them: host, packs, runner, desk, live view, and the web channel over them. */
export async function openBrowsers(ground: Ground, config: WorkerConfig, log: Logger) {
  const { db, sealer, holds, clock, bell, ring } = ground;
  const proxies = new ProxyBreakers({ db, sealer, clock, tryProxy: createProxyTrier(config.proxyCheckUrl), tell: bell.ring, log });
  const packs = await loadPacks(decodeURIComponent(new URL('../scripts', import.meta.url).pathname));
  const host = new ProfileHost({
    browserPath: findBrowser({ browserPath: config.browserPath })?.path ?? null,
    dataDir: config.dataDir,
    sandbox: process.getuid?.() !== 0,
    slots: config.slots,
    leases: holds,
    proxies,
    log,
  });
  const gateOf = createGates();
  const controlDesk = new ControlDesk({ db, host, gateOf, tell: bell.ring });
  const hold = (ref: ProfileRef) => holds.know(ref.accountId, ref.workspaceId);
  const settingOf = async (account: AccountKey) => {
    const ref = { workspaceId: account.workspaceId, accountId: account.id };
    hold(ref);
    await controlDesk.look(ref);
    const row = await readProfile(db, ref);
    const { paceSettings } = rulesOf({ ...row, id: row.accountId, ceilings: {}, workspaceZone: row.zone });
    return { spec: specOf(row, sealer), pace: createPace({ seed: row.accountId, settings: paceSettings }) };
  };
  const runner = createPackRunner({ host, packs, gateOf, settingOf, saveRun: createRunKeeper({ db, sealer, tell: bell.ring }), now: clock.now });
  const run = async (ref: ProfileRef, flow: string, input: Record<string, string>, signal: AbortSignal): Promise<FlowRows> => {
    const outcome = await runner.run({ id: ref.accountId, workspaceId: ref.workspaceId }, { flow, input }, signal);
    return outcome.is === 'done' ? outcome.rows : {};
  };
  const desk = new ProfileDesk({
    db,
    host,
    packs,
    sealer,
    hold,
    run,
    whyHeld: (proxyId) => proxies.whyOpen(proxyId),
    isControlled: (profileId) => !gateOf(profileId).isOpen,
    onReady: ring,
    tell: bell.ring,
  });
  const channel = createWebChannel({ runner: { run: runner.run, refuseUnlessReady: (account) => desk.refuseUnlessReady(account.id) }, packs });
  return { host, desk, proxies, controlDesk, run, channel, liveView: createLiveView(host), pageLog: keepPageLog(host) };
}
