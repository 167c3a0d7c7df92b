import type { Logger } from 'pino';
import { createEmailChannel } from '#channels/email/channel.ts';
import type { Channel } from '#core/channel.ts';
import { forgetHost } from '#sql/leases.ts';
import { createSubscriberLinks, subscriberPurpose } from '#sql/subscriber-token.ts';
import { createBatches } from './batches.ts';
import { openBrowsers } from './browsers.ts';
import type { WorkerConfig } from './config.ts';
import { createControlLine } from './control-line.ts';
import type { Dress } from './dress.ts';
import { createEraser } from './erase.ts';
import { type Ground, openGround } from './ground.ts';
import { tellAlive } from './host-identity.ts';
import { createImporter } from './import.ts';
import { createLane, type LaneJob } from './lane.ts';
import { startLiveSocket } from './live-socket.ts';
import { createBoxReader } from './mail-boxes.ts';
import { readMailSettings } from './mail-settings.ts';
import { createMediaReader } from './media.ts';
import { createOutwardWork } from './outward.ts';
import { createPlanner } from './plan.ts';
import { channelsBy, type PlatformGround } from './platform-channels.ts';
import { createPlatformWork } from './platform-work.ts';
import { createPrivateApi } from './private-api.ts';
import { createProfileActs } from './profile-acts.ts';
import { createRenderer } from './renderer.ts';
import { createLateStarter } from './start-after-import.ts';
import { stopInOrder } from './stop-in-order.ts';
import { startTicks } from './ticks.ts';
import { workJobs } from './work-jobs.ts';

export type Worker = { hostId: string; stop(): Promise<void> };

/**
 * Makes every object of a worker, hands each to whoever needs it, and starts taking jobs. Ends in order with `stop`. `dress` is for proofs.
 */
export async function startWorker(config: WorkerConfig, log: Logger, dress: Dress = {}): Promise<Worker> {
  const stopping = new AbortController();
  const ground = await openGround(config, log);
  const { db, sealer, mediaStore, identity, boss, queue, clock, bell } = ground;
  const browsers = await openBrowsers(ground, config, { log, stop: stopping.signal, dress });
  const { desk, sleepers, proxies, controlDesk, liveView } = browsers;
  const email = createEmailChannel({ settingsOf: (account) => readMailSettings({ db, sealer, catcher: config.catcher }, account) });
  const channelOf = dressedChannels({ ...ground, meta: config.meta }, { email, web: browsers.channel }, dress);
  const render = createRenderer(db, createSubscriberLinks(config.publicUrl, sealer.derive(subscriberPurpose)));
  const broken = new Map<string, LaneJob>();
  const broke = (job: LaneJob) => void broken.set(job.accountId, job);
  const lane = createLane({ ...ground, hostId: identity.id, channelOf, render, mediaOf: createMediaReader(db, mediaStore), broke, tell: bell.ring });
  const acts = createProfileActs({ db, desk, queue, hostId: identity.id, channel: browsers.channel, clock, tell: bell.ring, stop: stopping.signal });
  const socket = await startLiveSocket({
    ...browsers,
    secret: identity.secret,
    address: config.workerUrl,
    answer: createPrivateApi({ ...ground, ...browsers }),
    upgrade: createControlLine(controlDesk),
    looked: (profileId) => void sleepers.wakeForViewer(profileId).catch(() => undefined),
    log,
  });
  const platforms = createPlatformWork({ ...ground, ...config, tell: bell.ring, log, stop: stopping.signal });
  const outward = createOutwardWork(ground, config, { packs: browsers.packs, log, stop: stopping.signal });
  const alive = () => tellAlive(db, identity, { url: socket.url, sealer, slots: config.slots });
  await alive();
  await workJobs({
    boss,
    hostId: identity.id,
    concurrency: config.concurrency,
    signal: stopping.signal,
    onFailure: (name, error) => log.error({ err: error, job: name }, 'a job failed'),
    work: {
      lane,
      host_lane: lane,
      ...databaseJobs({ db, queue, mediaStore, tell: bell.ring, log }),
      profile_act: acts.act,
      ...platforms.jobs,
      proxy_check: (job, signal) => proxies.check(job, signal),
    },
  });
  const ticks = startTicks({
    ...ground,
    ...browsers,
    alive,
    acts,
    settleProxies: () => proxies.settle(stopping.signal),
    ...platforms.ticks,
    ...outward.ticks,
    boxes: createBoxReader({ ...ground, hostId: identity.id, tell: bell.ring, log, stop: stopping.signal }),
    ring: ground.ringSilent,
    broken,
    tell: bell.ring,
    log,
  });
  return {
    hostId: identity.id,
    async stop() {
      ticks.stop();
      stopping.abort();
      await stopInOrder(
        [
          { name: 'queue', ms: 11_000, stop: () => boss.stop({ graceful: true, timeout: 10_000 }) },
          { name: 'browsers', ms: 16_000, stop: () => browsers.host[Symbol.asyncDispose]() },
          { name: 'control', ms: 1000, stop: () => controlDesk[Symbol.dispose]() },
          { name: 'live view', ms: 1000, stop: () => liveView.close() },
          { name: 'private door', ms: 1000, stop: () => socket.close() },
          { name: 'mail and hooks', ms: 1000, stop: () => Promise.all([email.close(), outward.settled()]) },
          { name: 'bell', ms: 1000, stop: () => bell.close() },
          { name: 'host', ms: 1000, stop: () => forgetHost(db, identity.id) },
          { name: 'database', ms: 1000, stop: () => ground.database.close() },
        ],
        log,
      );
    },
  };
}

function dressedChannels(ground: PlatformGround, { email, web }: { email: Channel; web: Channel }, dress: Dress) {
  const worn = (channel: Channel, is: 'web' | 'email' | 'platform') => dress.channel?.(channel, is) ?? channel;
  return channelsBy(ground, { email: worn(email, 'email'), web: worn(web, 'web') }, (platform) => worn(platform, 'platform'));
}

/** The jobs that need nothing but the database. */
const databaseJobs = (parts: Pick<Ground, 'db' | 'queue' | 'mediaStore'> & { tell: () => void; log: Logger }) => ({
  start_after_import: createLateStarter(parts),
  plan: createPlanner(parts),
  import: createImporter(parts),
  batch: createBatches(parts),
  erase: createEraser(parts),
});
