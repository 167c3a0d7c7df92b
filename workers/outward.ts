import type { Logger } from 'pino';
import { createGuardedRequest } from '#channels/guarded-request.ts';
import type { AccountRef } from '#core/channel.ts';
import type { WorkerConfig } from './config.ts';
import type { Ground } from './ground.ts';
import { createHookWork } from './hooks.ts';
import { readMailSettings } from './mail-settings.ts';
import { createNoticeWork } from './notices.ts';

/** What a worker tells addresses that people have given, each judged before it is asked. */
export function createOutwardWork(ground: Ground, { admitted, publicUrl, catcher }: WorkerConfig, { log, stop }: { log: Logger; stop: AbortSignal }) {
  const { db, clock, sealer, bell } = ground;
  const ask = createGuardedRequest(admitted);
  const hooks = createHookWork({ db, clock, sealer, ask, random: Math.random, tell: bell.ring, log });
  const settingsOf = (account: AccountRef) => readMailSettings({ db, sealer, catcher }, account);
  const bringNotices = createNoticeWork({ db, clock, sealer, ask, publicUrl, settingsOf, tell: bell.ring, log });
  return { ticks: { hooks: () => hooks.look(stop), notices: () => bringNotices(stop) }, settled: hooks.settled };
}
