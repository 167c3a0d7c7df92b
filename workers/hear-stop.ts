import { confirmationOf, isStop } from '#core/stop-words.ts';
import type { Trx } from '#sql/database.ts';
import { confirmStop, type Heard, markNearMiss, mayConfirmStop } from '#sql/stop-asks.ts';
import { suppressContact } from '#sql/suppressions.ts';

/** What follows from words that ask to be left alone: they suppress their person, who is told so once; of what only may ask so, a person is told. */
export async function hearStop(trx: Trx, heard: Heard, text: string): Promise<void> {
  const said = isStop(text);
  if (said === 'near_miss') await markNearMiss(trx, heard);
  if (said !== 'stop') return;
  const { workspaceId, contactId, messageId, now } = heard;
  const mayConfirm = await mayConfirmStop(trx, heard);
  await suppressContact(trx, { workspaceId, contactId, source: 'stop_word', evidence: `message ${messageId}`, messageId, now });
  if (mayConfirm) await confirmStop(trx, heard, confirmationOf(text));
}
