import type { MediaStore } from '#core/media.ts';
import { type Db, inWorkspace } from '#sql/database.ts';
import { runErasure } from '#sql/erasures.ts';

export type EraserParts = { db: Db; mediaStore: MediaStore; tell: () => void };
type Job = { workspaceId: string; erasureId: string };

/** The `erase` job. It fails, and is tried again, while a message to the person is under way. */
export function createEraser({ db, mediaStore, tell }: EraserParts): (job: Job) => Promise<void> {
  return async (job) => {
    const files = await inWorkspace(db, job.workspaceId, (trx) => runErasure(trx, { ...job, now: new Date() }));
    await mediaStore.remove(files);
    tell();
  };
}
