import { kindOfTyped, normalizeAddress } from '#core/address.ts';
import { refuseUnlessTaken, rulesOf } from '#core/channel-rules.ts';
import { Failure } from '#core/failure.ts';
import { ringLane } from '#sql/bells.ts';
import type { Trx } from '#sql/database.ts';
import { planSend } from '#sql/deliveries.ts';
import { contactFor, refuseUnlessWritable } from '#sql/direct-send.ts';
import { lastHeard } from '#sql/inbox.ts';
import { requireMedia } from '#sql/media.ts';
import { findAccount } from '#sql/profiles.ts';
import { atLatest, byHandPriority, type Content } from '#sql/reply.ts';
import { textOfTemplate } from '#sql/text-of-template.ts';
import { readWorkspace } from '#sql/workspace.ts';
import type { InboxParts } from './inbox.ts';

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
  await refuseUnlessWritable(trx, { workspaceId, contactId: contact.id, accountId, addressKind, address: address.value });
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
