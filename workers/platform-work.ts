import { takeDueWork } from '#sql/connection-upkeep.ts';
import { inWorkspace } from '#sql/database.ts';
import { forgetConnects } from '#sql/platform-connects.ts';
import { planUnheard, unheardLanes } from '#sql/try-again.ts';
import { createFileFetcher, type FileParts } from './incoming-files.ts';
import { createPlatformActs } from './platform-acts.ts';
import { createPlatformCheck } from './platform-check.ts';
import { createPlatformSync, type PlatformSyncParts } from './platform-sync.ts';
import { createTemplateSync } from './template-sync.ts';
import { createWebhookWork } from './webhooks.ts';

/** Tokens are asked about once a day: those of Instagram may be refreshed for 20 days before they end. */
const checkMinutes = 24 * 60;

/** What a worker does for accounts at platforms: what they tell, what they list, and whether they still take our tokens. */
export function createPlatformWork(
  given: Omit<PlatformSyncParts, 'readTemplates'> & FileParts & { syncMinutes: number; webhookDays: number; stop: AbortSignal },
) {
  const { db, queue, clock, syncMinutes, webhookDays } = given;
  const parts = { ...given, readTemplates: createTemplateSync(given) };
  const takeWebhooks = createWebhookWork(parts);
  const fetchFiles = createFileFetcher(parts);
  return {
    jobs: {
      webhooks: async (_job: object, signal: AbortSignal) => void (await takeWebhooks(signal)),
      platform_sync: createPlatformSync(parts),
      platform_check: createPlatformCheck(parts),
      platform_act: createPlatformActs(parts),
    },
    ticks: {
      webhookDays,
      webhooks: () => takeWebhooks(parts.stop),
      /** Beside the webhooks: a file that comes slowly holds up no message. */
      files: () => fetchFiles(parts.stop),
      /** Puts the due syncs and checks of connected accounts into the queue, plans what nothing was heard of, and drops log-ins that nobody finished. */
      async askPlatforms(): Promise<void> {
        const now = clock.now();
        for (const { wantsSync, wantsCheck, ...place } of await takeDueWork(db, { now, syncMinutes, checkMinutes })) {
          if (wantsSync) await queue.send('platform_sync', place);
          if (wantsCheck) await queue.send('platform_check', place);
        }
        for (const place of await unheardLanes(db, now)) {
          await inWorkspace(db, place.workspaceId, (trx) => planUnheard(trx, { ...place, now }));
          parts.tell();
        }
        await forgetConnects(db, now);
      },
    },
  };
}
