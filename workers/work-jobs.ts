import type { PgBoss } from 'pg-boss';
import { type JobName, type JobPayload, jobs } from '#core/jobs.ts';
import { createHostQueue } from '#sql/queue.ts';

type Work = { [N in JobName]: (payload: JobPayload<N>, signal: AbortSignal) => Promise<void> };
export type WorkOptions = {
  boss: PgBoss;
  hostId: string;
  concurrency: number;
  work: Work;
  onFailure: (name: string, error: unknown) => void;
  signal: AbortSignal;
};

/** Deferred jobs are not announced when they become due, so the queue is also looked at each second. */
const pollSeconds = 1;

/** Takes jobs of every kind. A job that throws is failed and its cause told; lanes are rung again by the sweep. */
export async function workJobs({ boss, hostId, concurrency, work, onFailure, signal }: WorkOptions): Promise<void> {
  const take = async <N extends JobName>(name: N, queue: string, at: number) => {
    const options = { batchSize: 1, localConcurrency: at, pollingIntervalSeconds: pollSeconds, notifyPollingIntervalSeconds: pollSeconds };
    await boss.work(queue, options, async ([job]) => {
      if (!job) return;
      try {
        // The queue's payloads are parsed by the schema of their name.
        const payload = jobs[name].payload.parse(job.data) as JobPayload<N>;
        await work[name](payload, AbortSignal.any([job.signal, signal]));
      } catch (error) {
        onFailure(name, error);
        throw error;
      }
    });
  };
  await take('lane', 'lane', concurrency);
  await take('host_lane', await createHostQueue(boss, hostId), concurrency);
  await take('plan', 'plan', 1);
  await take('import', 'import', 1);
  await take('erase', 'erase', 1);
  await take('start_after_import', 'start_after_import', 1);
  await take('batch', 'batch', 1);
  await take('profile_act', 'profile_act', concurrency);
  await take('webhooks', 'webhooks', 1);
  await take('platform_sync', 'platform_sync', 2);
  await take('platform_check', 'platform_check', 2);
  await take('platform_act', 'platform_act', 4);
  // Each waits for its proxy, at most ten seconds, and costs nothing meanwhile.
  await take('proxy_check', 'proxy_check', 8);
}
