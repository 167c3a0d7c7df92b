import { type PackRules, refuseUnlessTaken, rulesOf } from '#core/channel-rules.ts';
import { Failure } from '#core/failure.ts';
import type { PlatformExtras } from '#core/platform-extras.ts';
import { ringLane } from './bells.ts';
import type { Trx } from './database.ts';
import { planSend } from './deliveries.ts';
import { forgetDraft } from './desk.ts';
import { refuseUnlessWritable } from './direct-send.ts';
import { readReplyWay } from './inbox.ts';
import { requireMedia } from './media.ts';
import { readMessageOf, requireQuotable } from './messages.ts';
import type { Queue } from './queue.ts';
import { textOfTemplate } from './text-of-template.ts';

/** What a send by hand, or in a person's place, stands on. */
export type SendParts = { queue: Queue; packs: readonly PackRules[]; now: () => Date };

/** An answer to somebody who wrote goes before all else, and quiet hours do not hold it; a message by hand only goes before campaigns (5). */
const answerPriority = 0;
export const byHandPriority = 1;

export type Content = {
  text: string;
  mediaId?: string | undefined;
  extras?: PlatformExtras | undefined;
  /** Not before this time. */
  sendAt?: string | undefined;
  clientKey?: string | undefined;
  /** Without a person it is a bot that answers. */
  caller: { workspaceId: string; personId: string | null };
};
type Reply = Content & { conversationId: string; replyTo?: string | undefined };

/** An answer in a conversation; it is shown there at once. */
export async function replyIn(trx: Trx, { queue, packs, now }: SendParts, given: Reply) {
  const { conversationId, text, mediaId, replyTo, extras, sendAt, clientKey, caller } = given;
  const { workspaceId, personId } = caller;
  const way = await readReplyWay(trx, conversationId);
  if (!way.address) throw new Failure('send_refused', 'This person has no address that this account can write to.');
  const file = mediaId ? await requireMedia(trx, mediaId) : null;
  if (replyTo) await requireQuotable(trx, conversationId, replyTo);
  const said = { text, heardAt: way.heardAt, now: now() };
  refuseUnlessTaken(rulesOf(packs, way.channel), { file, isReply: replyTo !== undefined, extras: extras ?? null, said });
  const words = await textOfTemplate(trx, { accountId: way.accountId, extras, hasFile: file !== null });
  await refuseUnlessWritable(trx, { workspaceId, ...way });
  const { accountId, contactId, addressKind, address, name } = way;
  const planned = {
    workspaceId,
    accountId,
    conversationId,
    contactId,
    addressKind,
    address,
    name,
    body: text || words,
    mediaId,
    replyTo,
    extras,
    sendAt: atLatest(sendAt, now()),
    priority: way.wroteFirst ? answerPriority : byHandPriority,
    clientKey,
    personId,
  };
  const { id } = await planSend(trx, planned);
  if (clientKey) await forgetDraft(trx, conversationId, clientKey);
  await ringLane(trx, queue, { workspaceId, accountId, ...(sendAt ? { at: new Date(sendAt) } : {}) });
  return readMessageOf(trx, conversationId, id);
}

/** A year ahead is a slip of the hand. */
const mostAheadMs = 366 * 86_400_000;

export function atLatest(sendAt: string | undefined, now: Date): Date | null {
  if (sendAt === undefined) return null;
  const at = new Date(sendAt);
  if (at.getTime() - now.getTime() > mostAheadMs)
    throw new Failure('invalid_input', 'A message can wait for a year at most.', { fields: { sendAt: 'is more than a year ahead' } });
  return at;
}
