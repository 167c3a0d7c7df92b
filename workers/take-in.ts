import type { Incoming } from '#core/channel.ts';
import type { Trx } from '#sql/database.ts';
import { type Ingested, ingest } from '#sql/ingest.ts';
import { hearStop } from './hear-stop.ts';

/** Everything that comes in passes here: stored once, and an opt-out word suppresses its person before anything else is sent. */
export async function takeIn(
  trx: Trx,
  ask: { workspaceId: string; accountId: string; messages: readonly Incoming[]; now: Date },
): Promise<Ingested[]> {
  const taken = await ingest(trx, ask);
  for (const message of taken) {
    if (message.isNew && message.direction === 'in') await hearStop(trx, { workspaceId: ask.workspaceId, ...message, now: ask.now }, message.text);
  }
  return taken;
}
