import type { Logger } from 'pino';
import { loadPacks } from '#browser-profiles/engine/load-packs.ts';
import { findBrowser } from '#browser-profiles/find-browser.ts';
import { createGates } from '#browser-profiles/gate.ts';
import { ProfileHost } from '#browser-profiles/host.ts';
import type { LaunchOptions } from '#browser-profiles/launch.ts';
import { createLiveView } from '#browser-profiles/live-view.ts';
import { type AccountKey, createPackRunner } from '#browser-profiles/pack-runner.ts';
import { keepPageLog } from '#browser-profiles/page-log.ts';
import { createTabs } from '#browser-profiles/tabs.ts';
import { createProxyTrier } from '#browser-profiles/try-proxy.ts';
import { createWebChannel } from '#channels/web.ts';
import { Failure } from '#core/failure.ts';
import { rulesOf } from '#core/lane-rules.ts';
import { createPace } from '#core/pace.ts';
import type { WorkerConfig } from './config.ts';
import { ControlDesk } from './control-desk.ts';
import type { FlowRows } from './desk-deps.ts';
import type { Dress } from './dress.ts';
import type { Ground } from './ground.ts';
import { createRunKeeper } from './keep-run.ts';
import { createMeter } from './meter.ts';
import { ProfileDesk } from './profile-desk.ts';
import { type ProfileRef, readProfile, specOf } from './profile-spec-of.ts';
import { ProxyBreakers } from './proxy-breakers.ts';
import { createSessionStore } from './session-store.ts';
import { Sleepers } from './sleepers.ts';
import { createFolderRound } from './tidy-folders.ts';
import { createTrafficBook } from './traffic-book.ts';

export type Browsers = Awaited<ReturnType<typeof openBrowsers>>;

type HostParts = { proxies: ProxyBreakers; passed: NonNullable<LaunchOptions['passed']>; backoff: Dress['backoff']; log: Logger };

function openHost({ db, sealer, holds, identity, bell }: Ground, config: WorkerConfig, { proxies, passed, backoff, log }: HostParts) {
  const snapshots = createSessionStore({
    db,
    sealer,
    hostId: identity.id,
    dataDirId: identity.dataDirId,
    workspaceOf: (profileId) => holds.workspaceOf(profileId),
    mostBytes: config.sleep.snapshotBytes,
    tell: bell.ring,
    log,
  });
  return new ProfileHost({
    browserPath: findBrowser({ browserPath: config.browserPath })?.path ?? null,
    dataDir: config.dataDir,
    sandbox: process.getuid?.() !== 0,
    slots: config.slots,
    leases: holds,
    snapshots,
    sealMs: config.sleep.sealMs,
    proxies,
    passed,
    backoff,
    log,
  });
}

/** The browsers of a worker and everything that drives them: host, packs, runner, desk, live view, and the web channel over them. */
export async function openBrowsers(
  ground: Ground,
  config: WorkerConfig,
  { log, stop, dress: { afterStep, backoff } }: { log: Logger; stop: AbortSignal; dress: Dress },
) {
  const { db, sealer, holds, clock, bell, ring } = ground;
  const proxies = new ProxyBreakers({ db, sealer, clock, tryProxy: createProxyTrier(config.proxyCheckUrl), tell: bell.ring, log });
  const packs = await loadPacks(config.packsDir);
  const traffic = createTrafficBook(db);
  const host = openHost(ground, config, { proxies, passed: traffic.note, backoff, log });
  const gateOf = createGates();
  const tabs = createTabs(host);
  const controlDesk = new ControlDesk({ db, host, tabs, gateOf, tell: bell.ring });
  const hold = (ref: ProfileRef) => holds.know(ref.accountId, ref.workspaceId);
  const settingOf = async (account: AccountKey) => {
    const ref = { workspaceId: account.workspaceId, accountId: account.id };
    hold(ref);
    await controlDesk.look(ref);
    const row = await readProfile(db, ref);
    const { paceSettings } = rulesOf({ ...row, id: row.accountId, ceilings: {}, workspaceZone: row.zone });
    return { spec: specOf(row, sealer), pace: createPace({ seed: row.accountId, settings: paceSettings }) };
  };
  const saveRun = createRunKeeper({ db, sealer, tell: bell.ring });
  const runner = createPackRunner({ host, packs, gateOf, settingOf, saveRun, now: clock.now, afterStep });
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
  const { sleepers, measure, forget } = createSleep(ground, config, { host, desk, log, stop });
  const runAwake: typeof runner.run = async (account, ask, signal) => {
    // Also while it opens: whoever waits for its slot would close it before it has done its work.
    const letGo = host.keepOpen(account.id);
    try {
      await sleepers.wake({ workspaceId: account.workspaceId, accountId: account.id }, signal);
      desk.refuseUnlessReady(account.id);
      return await runner.run(account, ask, signal);
    } finally {
      letGo();
    }
  };
  const channel = createWebChannel({ runner: { run: runAwake }, packs });
  return {
    packs,
    host,
    desk,
    sleepers,
    measure: async () => {
      await measure();
      await traffic.write();
    },
    forget,
    storageState: storageStateOf(host),
    proxies,
    controlDesk,
    run,
    channel,
    tabs,
    liveView: createLiveView(host, tabs),
    pageLog: keepPageLog(host),
  };
}

type SleepParts = { host: ProfileHost; desk: ProfileDesk; log: Logger; stop: AbortSignal };

/** What lets many profiles share few slots, the memory of the machine, and its disk. */
function createSleep({ db, holds, bell, identity }: Ground, { sleep, dataDir }: WorkerConfig, { host, desk, log, stop }: SleepParts) {
  const workspaceOf = (profileId: string) => holds.workspaceOf(profileId);
  const limits = { allBytes: sleep.memoryBytes, oneBytes: sleep.profileMemoryBytes };
  return {
    sleepers: new Sleepers({ db, host, desk, workspaceOf, ...sleep, tell: bell.ring, stop }),
    measure: createMeter({ db, host, hostId: identity.id, dataDir, workspaceOf, limits, log }),
    forget: createFolderRound({
      db,
      dataDir,
      dataDirId: identity.dataDirId,
      host,
      know: (ref) => holds.know(ref.accountId, ref.workspaceId),
      close: (profileId) => desk.forget(profileId),
      log,
    }),
  };
}

function storageStateOf(host: ProfileHost): (profileId: string) => Promise<unknown> {
  return async (profileId) => {
    const page = host.pageOf(profileId);
    if (!page) throw new Failure('not_ready', 'This profile is closed. Start it first.');
    return page.context().storageState({ indexedDB: true });
  };
}
