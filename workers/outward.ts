import type { Logger } from 'pino';
import { createGuardedRequest } from '#channels/guarded-request.ts';
import type { AccountRef } from '#core/channel.ts';
import { rulesOfPack } from '#core/channel-rules.ts';
import type { LoadedPack } from '#core/script.ts';
import { createTurnWork } from './automation.ts';
import { createBotWork } from './bots.ts';
import type { WorkerConfig } from './config.ts';
import type { Ground } from './ground.ts';
import { createHookWork } from './hooks.ts';
import { readMailSettings } from './mail-settings.ts';
import { createNoticeWork } from './notices.ts';
import { createReportWork } from './reports.ts';

type Given = { packs: ReadonlyMap<string, LoadedPack>; log: Logger; stop: AbortSignal };

/** What a worker tells addresses that people have given, each judged before it is asked; and what rules and bots say in a person's place. */
export function createOutwardWork(ground: Ground, { admitted, publicUrl, catcher }: WorkerConfig, { packs, log, stop }: Given) {
  const { db, clock, sealer, bell, queue, print } = ground;
  const ask = createGuardedRequest(admitted);
  const parts = { db, clock, sealer, queue, ask, tell: bell.ring, log };
  const hooks = createHookWork({ ...parts, random: Math.random });
  const settingsOf = (account: AccountRef) => readMailSettings({ db, sealer, catcher }, account);
  const notices = createNoticeWork({ ...parts, publicUrl, settingsOf });
  const reports = createReportWork({ db, clock, settingsOf, print, log });
  const speaking = { ...parts, packs: [...packs.values()].map(rulesOfPack) };
  const [takeTurns, bots] = [createTurnWork(speaking), createBotWork(speaking)];
  const ticks = {
    hooks: () => hooks.look(stop),
    notices: () => notices.look(stop),
    turns: () => takeTurns(stop),
    bots: () => bots.look(stop),
    reports: () => reports.look(stop),
  };
  return { ticks, settled: () => Promise.all([hooks, notices, bots, reports].map((work) => work.settled())) };
}
