import { kindOfTyped, normalizeAddress } from '#core/address.ts';
import { Failure } from '#core/failure.ts';
import type { PlatformExtras } from '#core/platform-extras.ts';
import { ringLane } from '#sql/bells.ts';
import type { Trx } from '#sql/database.ts';
import { planSend } from '#sql/deliveries.ts';
import { contactFor, refuseUnlessWritable } from '#sql/direct-send.ts';
import { lastHeard, readReplyWay } from '#sql/inbox.ts';
import { requireMedia } from '#sql/media.ts';
import { readMessageOf, requireQuotable } from '#sql/messages.ts';
import { findAccount } from '#sql/profiles.ts';
import { readWorkspace } from '#sql/workspace.ts';
import { refuseUnlessTaken, rulesOf } from './channel-rules.ts';
import type { Caller } from './handler.ts';
import type { InboxParts } from './inbox.ts';
import { textOfTemplate } from './template-rules.ts';

/** An answer to somebody who wrote goes before all else, and quiet hours do not hold it; a message by hand only goes before campaigns (5). */
const answerPriority = 0;
const byHandPriority = 1;

type Content = {
  text: string;
  mediaId?: string | undefined;
  extras?: PlatformExtras | undefined;
  /** Not before this time. */
  sendAt?: string | undefined;
  clientKey?: string | undefined;
  caller: Caller;
};
type Reply = Content & { conversationId: string; replyTo?: string | undefined };

/** An answer in a conversation; it is shown there at once. */
export async function replyIn(trx: Trx, { queue, packs, now }: InboxParts, given: Reply) {
  const { conversationId, text, mediaId, replyTo, extras, sendAt, clientKey, caller } = given;
  const { workspaceId, personId } = caller;
  const way = await readReplyWay(trx, conversationId);
  if (!way.address) throw new Failure('send_refused', 'This person has no address that this account can write to.');
  const file = mediaId ? await requireMedia(trx, mediaId) : null;
  if (replyTo) await requireQuotable(trx, conversationId, replyTo);
  const said = { text, heardAt: way.heardAt, now: now() };
  refuseUnlessTaken(rulesOf(packs, way.channel), { file, isReply: replyTo !== undefined, extras: extras ?? null, said });
  const words = await textOfTemplate(trx, { accountId: way.accountId, extras, hasFile: file !== null });
  await refuseUnlessWritable(trx, { workspaceId, contactId: way.contactId, accountId: way.accountId });
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
  await ringLane(trx, queue, { workspaceId, accountId, ...(sendAt ? { at: new Date(sendAt) } : {}) });
  return readMessageOf(trx, conversationId, id);
}

type Send = Content & { accountId: string; to: string };

/** One message to an address that may be new. It is a first contact then, and counts as one. */
export async function sendTo(trx: Trx, { queue, packs, now }: InboxParts, { accountId, to, text, mediaId, extras, sendAt, clientKey, caller }: Send) {
  const { workspaceId, personId } = caller;
  const { addressedBy, channel } = await findAccount(trx, accountId);
  const { defaultCountry } = await readWorkspace(trx);
  const addressKind = kindOfTyped(addressedBy, to);
  const address = normalizeAddress(addressKind, to, defaultCountry);
  if (address.is === 'refused') throw new Failure('invalid_input', address.reason, { fields: { to: address.reason } });
  const file = mediaId ? await requireMedia(trx, mediaId) : null;
  const contact = await contactFor(trx, { workspaceId, kind: addressKind, value: address.value });
  const said = { text, heardAt: await lastHeard(trx, { accountId, contactId: contact.id }), now: now() };
  refuseUnlessTaken(rulesOf(packs, channel), { file, extras: extras ?? null, said });
  const words = await textOfTemplate(trx, { accountId, extras, hasFile: file !== null });
  await refuseUnlessWritable(trx, { workspaceId, contactId: contact.id, accountId });
  const { id } = await planSend(trx, {
    workspaceId,
    accountId,
    contactId: contact.id,
    addressKind,
    address: address.value,
    name: contact.name,
    body: text || words,
    mediaId,
    extras,
    sendAt: atLatest(sendAt, now()),
    priority: byHandPriority,
    clientKey,
    personId,
  });
  await ringLane(trx, queue, { workspaceId, accountId, ...(sendAt ? { at: new Date(sendAt) } : {}) });
  return { deliveryId: id };
}

/** A year ahead is a slip of the hand. */
const mostAheadMs = 366 * 86_400_000;

function atLatest(sendAt: string | undefined, now: Date): Date | null {
  if (sendAt === undefined) return null;
  const at = new Date(sendAt);
  if (at.getTime() - now.getTime() > mostAheadMs)
    throw new Failure('invalid_input', 'A message can wait for a year at most.', { fields: { sendAt: 'is more than a year ahead' } });
  return at;
}
