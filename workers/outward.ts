import type { Logger } from 'pino';
import { createGuardedRequest } from '#channels/guarded-request.ts';
import type { WorkerConfig } from './config.ts';
import type { Ground } from './ground.ts';
import { createHookWork } from './hooks.ts';

/** What a worker tells addresses that people have given, each judged before it is asked. */
export function createOutwardWork(
  { db, clock, sealer, bell }: Ground,
  { admitted }: WorkerConfig,
  { log, stop }: { log: Logger; stop: AbortSignal },
) {
  const ask = createGuardedRequest(admitted);
  const hooks = createHookWork({ db, clock, sealer, ask, random: Math.random, tell: bell.ring, log });
  return { ticks: { hooks: () => hooks.look(stop) }, settled: hooks.settled };
}
