import type { Incoming } from '#core/channel.ts';
import { isStop } from '#core/stop-words.ts';
import type { Trx } from '#sql/database.ts';
import { type Ingested, ingest } from '#sql/ingest.ts';
import { suppressContact } from '#sql/suppressions.ts';

/** Everything that comes in passes here: stored once, and an opt-out word suppresses its person before anything else is sent. */
export async function takeIn(
  trx: Trx,
  ask: { workspaceId: string; accountId: string; messages: readonly Incoming[]; now: Date },
): Promise<Ingested[]> {
  const taken = await ingest(trx, ask);
  for (const message of taken) {
    if (!message.isNew || message.direction !== 'in' || isStop(message.text) !== 'stop') continue;
    await suppressContact(trx, {
      workspaceId: ask.workspaceId,
      contactId: message.contactId,
      source: 'stop_word',
      evidence: `message ${message.messageId}`,
      messageId: message.messageId,
      now: ask.now,
    });
  }
  return taken;
}
