import { fromKysely, type Job, PgBoss } from 'pg-boss';
import { type JobName, type JobPayload, jobs } from '#core/jobs.ts';
import type { Db } from './database.ts';

export const queueSchema = 'pgboss';

/** The queue of one host's own bells: the lease holder listens there. */
export const hostQueue = (hostId: string) => `host_lane_${hostId.replaceAll('-', '')}`;

/** Makes the queues that the job table names; those of an older program get what the table says now. Their policy stays: it cannot be changed. */
export async function createQueues(boss: PgBoss): Promise<void> {
  for (const [name, job] of Object.entries(jobs)) {
    if (name !== 'host_lane') await bringQueue(boss, name, job);
  }
}

export async function createHostQueue(boss: PgBoss, hostId: string): Promise<string> {
  const name = hostQueue(hostId);
  await bringQueue(boss, name, jobs.host_lane);
  return name;
}

type JobRow = (typeof jobs)[JobName];

/** Making a queue that exists changes nothing (`on conflict do nothing`), so what the table says is told apart. */
async function bringQueue(boss: PgBoss, name: string, job: JobRow): Promise<void> {
  await boss.createQueue(name, { policy: job.policy });
  await boss.updateQueue(name, optionsOf(job));
}

function optionsOf(job: JobRow) {
  return {
    expireInSeconds: job.expireSeconds,
    // A worker that is gone stops beating: its jobs are tried again within half a minute.
    heartbeatSeconds: 10,
    retryLimit: job.retries,
    retryBackoff: job.retries > 0,
    retryDelay: 1,
    // Doubling alone would put the twentieth try of an import days away. Null takes an older limit away.
    retryDelayMax: job.retries > 0 ? 30 : null,
    // Done bells come by the thousand and hold ids only: an hour is enough to look at.
    deleteAfterSeconds: 3600,
    notify: true,
  };
}

export type SendOptions = { trx?: Db; startAfter?: Date; queue?: string };
export type Queue = {
  /** Within `trx` the job exists exactly if the transaction commits. */
  send<N extends JobName>(name: N, payload: JobPayload<N>, options?: SendOptions): Promise<void>;
};

/** Puts jobs into the queue. `boss` need not be supervising: servers only send. */
export function createQueue(boss: PgBoss): Queue {
  return {
    async send(name, payload, { trx, startAfter, queue } = {}) {
      const data = jobs[name].payload.parse(payload);
      await boss.send(queue ?? name, data, { ...(trx ? { db: fromKysely(trx) } : {}), ...(startAfter ? { startAfter } : {}) });
    },
  };
}

/** A connection to the queue. Workers supervise (expiry, schedules) and listen; servers only send. */
export async function openQueue(url: string, { role, onError }: { role: 'sends' | 'works'; onError: (error: Error) => void }): Promise<PgBoss> {
  const works = role === 'works';
  const boss = new PgBoss({
    connectionString: url,
    options: '-c role=patchbay_owner',
    schema: queueSchema,
    application_name: 'patchbay-queue',
    max: works ? 6 : 2,
    migrate: false,
    createSchema: false,
    supervise: works,
    schedule: works,
    monitorVacuum: false,
    superviseIntervalSeconds: 5,
    monitorIntervalSeconds: 5,
    useListenNotify: works,
  });
  boss.on('error', onError);
  await boss.start();
  return boss;
}

export type { Job };
