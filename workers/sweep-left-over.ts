import type { Logger } from 'pino';
import { giveUpBatch } from '#sql/batches.ts';
import { type Db, inWorkspace, type Trx } from '#sql/database.ts';
import { giveUpErasure } from '#sql/erasures.ts';
import { giveUpImport } from '#sql/imports.ts';
import { abandonedWork, campaignsToClose, closeCampaign, giveUpPlanning, type LeftJob } from '#sql/left-over.ts';

type GiveUp = (trx: Trx, left: { workspaceId: string; id: string; now: Date }) => Promise<boolean>;
const giveUp: Record<LeftJob['is'], GiveUp> = {
  plan: (trx, { workspaceId, id: campaignId }) => giveUpPlanning(trx, { workspaceId, campaignId }),
  import: (trx, { workspaceId, id: importId, now }) => giveUpImport(trx, { workspaceId, importId, now }),
  erase: (trx, { id: erasureId, now }) => giveUpErasure(trx, { erasureId, now }),
  batch: (trx, { workspaceId, id: batchId }) => giveUpBatch(trx, { workspaceId, batchId }),
};

/** What was under way when a campaign was cancelled has come back long before. */
const cancelledForMs = 24 * 3_600_000;

/**
 * Ends what nobody else will: campaigns whose last delivery was settled by a worker that died before it said so, and plans, imports, erasures and
 * changes of many conversations whose retries are used up. Harmless at any time and from any number of workers: each is asked again under its own lock.
 */
export async function sweepLeftOver({ db, tell, log }: { db: Db; tell: () => void; log: Pick<Logger, 'warn'> }): Promise<void> {
  const now = Date.now();
  let changed = 0;
  for (const one of await campaignsToClose(db, new Date(now - cancelledForMs))) {
    if (await inWorkspace(db, one.workspaceId, (trx) => closeCampaign(trx, one))) changed += 1;
  }
  for (const { is, workspaceId, id } of await abandonedWork(db)) {
    if (!(await inWorkspace(db, workspaceId, (trx) => giveUp[is](trx, { workspaceId, id, now: new Date(now) })))) continue;
    changed += 1;
    log.warn({ job: is, id }, 'no job is left that would finish this: it was given up');
  }
  if (changed > 0) tell();
}
