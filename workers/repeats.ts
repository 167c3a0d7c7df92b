import type { Logger } from 'pino';
import { asFailure } from '#core/failure.ts';
import { beginRepeat, dueRepeats, endRepeat } from '#sql/campaign-repeats.ts';
import type { Clock } from '#sql/clock.ts';
import { type Db, inWorkspace } from '#sql/database.ts';
import type { Queue } from '#sql/queue.ts';
import { startCampaign } from '#sql/start-campaign.ts';

export type RepeatParts = { db: Db; clock: Pick<Clock, 'now'>; queue: Queue; tell: () => void; log: Pick<Logger, 'warn'> };

/** Starts copies of the campaigns that are due again. One that cannot be started waits as a draft, with the reason at its original. */
export async function repeatCampaigns({ db, clock, queue, tell, log }: RepeatParts): Promise<void> {
  for (const ref of await dueRepeats(db, clock.now())) {
    const copy = await beginRepeat(db, ref, clock.now());
    if (!copy) continue;
    const { workspaceId } = ref;
    const error = await inWorkspace(db, workspaceId, (trx) => startCampaign(trx, queue, { workspaceId, ...copy })).then(
      () => null,
      (problem: unknown) => {
        log.warn({ err: problem, campaignId: ref.campaignId }, 'a copy of a campaign could not be started');
        const { message, fields } = asFailure(problem);
        return [message, ...Object.entries(fields ?? {}).map(([field, text]) => `${field} ${text}`)].join(' ');
      },
    );
    await endRepeat(db, ref, error);
    tell();
  }
}
