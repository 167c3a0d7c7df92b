import { type Db, inWorkspace } from '#sql/database.ts';
import { failingCampaigns, pauseIfFailing } from '#sql/failure-share.ts';

/**
 * Pauses campaigns that fail more often than they may. Every worker looks each second, beside the sending and not within it: the look reads
 * a hundred index entries for each running campaign, whatever goes out meanwhile.
 */
export async function pauseFailing({ db, tell }: { db: Db; tell: () => void }): Promise<string[]> {
  const paused: string[] = [];
  for (const { workspaceId, campaignId } of await failingCampaigns(db)) {
    if (await inWorkspace(db, workspaceId, (trx) => pauseIfFailing(trx, { workspaceId, campaignId }))) paused.push(campaignId);
  }
  if (paused.length > 0) tell();
  return paused;
}
