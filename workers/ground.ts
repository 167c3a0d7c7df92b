import type { Logger } from 'pino';
import { reapOrphans } from '#browser-profiles/browser-record.ts';
import { createPrinter } from '#browser-profiles/print-page.ts';
import { ringLane, ringSilentLane } from '#sql/bells.ts';
import { databaseClock } from '#sql/clock.ts';
import { inWorkspace, openDatabase } from '#sql/database.ts';
import { createBell } from '#sql/events.ts';
import { createMediaStore } from '#sql/media-store.ts';
import { createQueue, openQueue } from '#sql/queue.ts';
import { createSealer } from '#sql/sealed.ts';
import type { WorkerConfig } from './config.ts';
import { Holds } from './holds.ts';
import { becomeHost } from './host-identity.ts';
import type { ProfileRef } from './profile-spec-of.ts';

export type Ground = Awaited<ReturnType<typeof openGround>>;

/** What every part of a worker stands on: database, queue, clock, seals, leases, a printer. Browsers of an earlier run are ended before its leases are let go. */
export async function openGround(config: WorkerConfig, log: Logger) {
  // Each lane may have two groups under way, and each group one transaction.
  const database = await openDatabase({ url: config.databaseUrl, max: config.concurrency * 2 + 6 });
  const { db } = database;
  const reaped = await reapOrphans(config.dataDir);
  if (reaped.length > 0) log.warn({ profiles: reaped }, 'browsers that an earlier run left behind were ended');
  const identity = await becomeHost(db, config.dataDir);
  const boss = await openQueue(config.databaseUrl, { role: 'works', onError: (error) => log.error({ err: error }, 'queue') });
  const queue = createQueue(boss);
  const clock = databaseClock(db);
  await clock.settle();
  const bell = createBell(db);
  const sealer = createSealer(config.key);
  return {
    database,
    db,
    sealer,
    mediaStore: createMediaStore(db, sealer),
    identity,
    boss,
    queue,
    clock,
    bell,
    holds: new Holds(db, identity.id),
    print: createPrinter(config.browserPath),
    ringSilent: (ref: ProfileRef) => inWorkspace(db, ref.workspaceId, (trx) => ringSilentLane(trx, queue, ref)),
    ring: (ref: ProfileRef) => inWorkspace(db, ref.workspaceId, (trx) => ringLane(trx, queue, ref)),
  };
}
