import { kindOfTyped, normalizeAddress } from '#core/address.ts';
import type { Endpoint } from '#core/api/endpoint.ts';
import { Failure } from '#core/failure.ts';
import type { PlatformExtras } from '#core/platform-extras.ts';
import { type PlatformRules, platformRulesOf, windowOf } from '#core/platform-rules.ts';
import { ringLane } from '#sql/bells.ts';
import { type ConversationChange, changeConversation } from '#sql/conversation-changes.ts';
import { listConversations } from '#sql/conversation-list.ts';
import type { Trx } from '#sql/database.ts';
import { planSend } from '#sql/deliveries.ts';
import { contactFor, refuseUnlessWritable } from '#sql/direct-send.ts';
import { lastHeard, readConversation, readReplyWay } from '#sql/inbox.ts';
import { readInboxCounts } from '#sql/inbox-counts.ts';
import { requireMedia } from '#sql/media.ts';
import { listMessages, readMessageOf, requireQuotable } from '#sql/messages.ts';
import { findAccount } from '#sql/profiles.ts';
import type { Queue } from '#sql/queue.ts';
import { readWorkspace } from '#sql/workspace.ts';
import { refuseUnlessTaken, rulesOf } from './channel-rules.ts';
import type { Ask, Caller, Handlers } from './handler.ts';
import type { PackCard } from './packs.ts';
import { textOfTemplate } from './template-rules.ts';

export type InboxParts = { queue: Queue; packs: readonly PackCard[]; now: () => Date };

/** An answer to somebody who wrote goes before all else, and quiet hours do not hold it; a message by hand only goes before campaigns (5). */
const answerPriority = 0;
const byHandPriority = 1;

export const inboxHandlers = (parts: InboxParts) => {
  const { queue, packs, now } = parts;
  const withReports = <T extends { channel: string; heardAt: string | null }>(conversation: T) => {
    const { media, quotes, platform } = rulesOf(packs, conversation.channel);
    const takes = { media, quotes, extras: [...(platform?.extras ?? [])], textLength: platform?.textLength ?? null };
    const window = platform && shownWindow(platform, conversation.heardAt, now());
    return { ...conversation, reports: reportsOf(packs, conversation.channel), takes, window };
  };
  const read = async (trx: Trx, id: string) => withReports(await readConversation(trx, id));
  const change = (conversationId: string, to: ConversationChange, { caller, transaction }: Pick<Ask<Endpoint>, 'caller' | 'transaction'>) =>
    transaction(async (trx) => {
      await changeConversation(trx, { workspaceId: caller.workspaceId, conversationId }, to, now());
      return read(trx, conversationId);
    });
  return {
    listConversations: ({ query, caller, transaction }) =>
      transaction(async (trx) => {
        const { cursor, limit, ...filter } = query;
        const page = await listConversations(trx, { ...filter, personId: caller.personId }, { cursor, limit });
        return { rows: page.rows.map(withReports), next: page.next };
      }),
    readConversation: ({ params, transaction }) => transaction((trx) => read(trx, params.id)),
    listMessages: ({ params, query, transaction }) =>
      transaction(async (trx) => {
        await readConversation(trx, params.id);
        return listMessages(trx, params.id, query);
      }),
    replyTo: ({ params, body, caller, transaction }) => transaction((trx) => reply(trx, parts, { conversationId: params.id, ...body, caller })),
    readConversationNow: ({ params, caller, transaction }) =>
      transaction(async (trx) => {
        const { accountId, isProfile } = await readReplyWay(trx, params.id);
        if (!isProfile) throw new Failure('wrong_state', 'Only web messengers are read again; here messages arrive by themselves.');
        await queue.send('profile_act', { workspaceId: caller.workspaceId, accountId, act: 'read' }, { trx });
        return { state: null };
      }),
    markRead: ({ params, ...ask }) => change(params.id, { isRead: true }, ask),
    actInConversation: ({ params, body, caller, transaction }) =>
      transaction(async (trx) => {
        const { channel } = await readReplyWay(trx, params.id);
        if (!platformRulesOf(channel)) throw new Failure('wrong_state', 'Only official platforms are told this.');
        const { act } = body;
        if (act.is === 'react') await requireQuotable(trx, params.id, act.messageId);
        await queue.send('platform_act', { workspaceId: caller.workspaceId, conversationId: params.id, act }, { trx });
        return { accepted: true as const };
      }),
    archiveConversation: ({ params, body, ...ask }) => change(params.id, { state: body.archived ? 'archived' : 'open' }, ask),
    changeConversation: ({ params, body, ...ask }) => change(params.id, body, ask),
    readInboxCounts: ({ caller, transaction }) => transaction((trx) => readInboxCounts(trx, caller.personId)),
    sendFromProfile: ({ params, body, caller, transaction }) => transaction((trx) => send(trx, parts, { accountId: params.id, ...body, caller })),
  } satisfies Partial<Handlers>;
};

function shownWindow(platform: PlatformRules, heardAt: string | null, now: Date) {
  const { opensUntil, humanUntil } = windowOf(platform, heardAt === null ? null : new Date(heardAt), now);
  return { opensUntil: opensUntil?.toISOString() ?? null, humanUntil: humanUntil?.toISOString() ?? null, afterwards: platform.afterwards };
}

type Content = {
  text: string;
  mediaId?: string | undefined;
  extras?: PlatformExtras | undefined;
  clientKey?: string | undefined;
  caller: Caller;
};
type Reply = Content & { conversationId: string; replyTo?: string | undefined };

async function reply(trx: Trx, { queue, packs, now }: InboxParts, given: Reply) {
  const { conversationId, text, mediaId, replyTo, extras, clientKey, caller } = given;
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
    priority: way.wroteFirst ? answerPriority : byHandPriority,
    clientKey,
    personId,
  };
  const { id } = await planSend(trx, planned);
  await ringLane(trx, queue, { workspaceId, accountId });
  return readMessageOf(trx, conversationId, id);
}

type Send = Content & { accountId: string; to: string };

/** One message to an address that may be new. It is a first contact then, and counts as one. */
async function send(trx: Trx, { queue, packs, now }: InboxParts, { accountId, to, text, mediaId, extras, clientKey, caller }: Send) {
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
    priority: byHandPriority,
    clientKey,
    personId,
  });
  await ringLane(trx, queue, { workspaceId, accountId });
  return { deliveryId: id };
}

function reportsOf(packs: readonly PackCard[], channel: string): ('sent' | 'delivered' | 'read')[] {
  return [...(platformRulesOf(channel)?.reports ?? packs.find((pack) => pack.name === channel)?.reports ?? ['sent' as const])];
}
