import type { Logger } from 'pino';
import { type Db, inWorkspace } from '#sql/database.ts';
import { giveUpImport } from '#sql/imports.ts';
import { abandonedWork, campaignsToClose, closeCampaign, giveUpPlanning } from '#sql/left-over.ts';

/** What was under way when a campaign was cancelled has come back long before. */
const cancelledForMs = 24 * 3_600_000;

/**
 * Ends what nobody else will: campaigns whose last delivery was settled by a worker that died before it said so, and plans and imports whose
 * retries are used up. Harmless at any time and from any number of workers: each is asked again under its own lock.
 */
export async function sweepLeftOver({ db, tell, log }: { db: Db; tell: () => void; log: Pick<Logger, 'warn'> }): Promise<void> {
  const now = Date.now();
  let changed = 0;
  for (const one of await campaignsToClose(db, new Date(now - cancelledForMs))) {
    if (await inWorkspace(db, one.workspaceId, (trx) => closeCampaign(trx, one))) changed += 1;
  }
  for (const { is, workspaceId, id } of await abandonedWork(db)) {
    const isGivenUp = await inWorkspace(db, workspaceId, (trx) =>
      is === 'plan' ? giveUpPlanning(trx, { workspaceId, campaignId: id }) : giveUpImport(trx, { workspaceId, importId: id, now: new Date(now) }),
    );
    if (!isGivenUp) continue;
    changed += 1;
    log.warn({ job: is, id }, 'no job is left that would finish this: it was given up');
  }
  if (changed > 0) tell();
}
