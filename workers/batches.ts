import type { JobPayload } from '#core/jobs.ts';
import { runBatch } from '#sql/batches.ts';
import { type Db, inWorkspace } from '#sql/database.ts';

/** The `batch` job: slice after slice, each a transaction of its own. One that is cut off goes on with the next try. */
export function createBatches({ db, tell }: { db: Db; tell: () => void }): (job: JobPayload<'batch'>, signal: AbortSignal) => Promise<void> {
  return async (job, signal) => {
    let isMore = true;
    while (isMore) {
      signal.throwIfAborted();
      isMore = await inWorkspace(db, job.workspaceId, (trx) => runBatch(trx, job, new Date()));
      tell();
    }
  };
}
