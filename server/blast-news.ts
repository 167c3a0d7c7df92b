import type { z } from 'zod';
import type { Campaign } from '#core/api/campaigns.ts';
import type { ServerMessage } from '#core/socket.ts';
import { readCampaign } from '#sql/campaigns.ts';
import { type Db, inWorkspace } from '#sql/database.ts';
import type { EventFeed } from './event-feed.ts';

export type BlastProgress = Extract<ServerMessage, { type: 'blast_progress' }>;
type Watcher = { workspaceId: string; tell: (progress: BlastProgress) => void };

/** Two a second: more is not seen by anybody, and each is a count over the campaign. */
const everyMs = 500;

/** The three numbers of the seed: what went out, what failed, out of all that was not left out from the start. */
export function blastNumbers(campaign: z.output<typeof Campaign>) {
  const { sent, delivered, read, failed, total, skipped } = campaign.counts;
  return { sent: sent + delivered + read, failed, total: total - skipped, state: campaign.state };
}

export type BlastNews = { watch: (campaignId: string, watcher: Watcher) => () => void; close: () => void };

/** Progress of campaigns that somebody watches, counted once for all watchers of a campaign. */
export function createBlastNews(db: Db, feed: Pick<EventFeed, 'listen'>): BlastNews {
  const watchers = new Map<string, Set<Watcher>>();
  const timers = new Map<string, NodeJS.Timeout>();
  const stopListening = feed.listen((told) => {
    const touched = new Set(told.map(({ event }) => ('campaignId' in event ? event.campaignId : null)));
    for (const campaignId of touched) if (campaignId && watchers.has(campaignId)) tellSoon(campaignId);
  });

  function tellSoon(campaignId: string): void {
    if (timers.has(campaignId)) return;
    timers.set(
      campaignId,
      setTimeout(() => {
        timers.delete(campaignId);
        for (const watcher of watchers.get(campaignId) ?? []) void tellOne(campaignId, watcher);
      }, everyMs),
    );
  }

  /** Read in the watcher's workspace: somebody else's campaign is nothing. A count that fails is made up for by the next. */
  async function tellOne(campaignId: string, { workspaceId, tell }: Watcher): Promise<void> {
    const campaign = await inWorkspace(db, workspaceId, (trx) => readCampaign(trx, campaignId)).catch(() => null);
    if (campaign) tell({ type: 'blast_progress', blastId: campaignId, ...blastNumbers(campaign) });
  }

  return {
    watch(campaignId, watcher) {
      const those = watchers.get(campaignId) ?? new Set();
      watchers.set(campaignId, those.add(watcher));
      void tellOne(campaignId, watcher);
      return () => {
        those.delete(watcher);
        if (those.size === 0) watchers.delete(campaignId);
      };
    },
    close() {
      stopListening();
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
}
