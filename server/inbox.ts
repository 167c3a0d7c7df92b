import type { Endpoint } from '#core/api/endpoint.ts';
import { rulesOf } from '#core/channel-rules.ts';
import { Failure } from '#core/failure.ts';
import { type PlatformRules, platformRulesOf, windowOf } from '#core/platform-rules.ts';
import { type ConversationChange, changeConversation } from '#sql/conversation-changes.ts';
import { listConversations } from '#sql/conversation-list.ts';
import type { Trx } from '#sql/database.ts';
import { readConversation, readReplyWay } from '#sql/inbox.ts';
import { readInboxCounts } from '#sql/inbox-counts.ts';
import { listMessages, requireQuotable } from '#sql/messages.ts';
import { readNoticesOf } from '#sql/notices.ts';
import type { Queue } from '#sql/queue.ts';
import { replyIn } from '#sql/reply.ts';
import { sendTo } from './direct-sends.ts';
import type { Ask, Handlers } from './handler.ts';
import type { PackCard } from './packs.ts';

export type InboxParts = { queue: Queue; packs: readonly PackCard[]; now: () => Date };

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
      if (to.isRead) await readNoticesOf(trx, caller, conversationId);
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
    replyTo: ({ params, body, caller, transaction }) => transaction((trx) => replyIn(trx, parts, { conversationId: params.id, ...body, caller })),
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
    sendFromProfile: ({ params, body, caller, transaction }) => transaction((trx) => sendTo(trx, parts, { accountId: params.id, ...body, caller })),
  } satisfies Partial<Handlers>;
};

function shownWindow(platform: PlatformRules, heardAt: string | null, now: Date) {
  const { opensUntil, humanUntil } = windowOf(platform, heardAt === null ? null : new Date(heardAt), now);
  return { opensUntil: opensUntil?.toISOString() ?? null, humanUntil: humanUntil?.toISOString() ?? null, afterwards: platform.afterwards };
}

function reportsOf(packs: readonly PackCard[], channel: string): ('sent' | 'delivered' | 'read')[] {
  return [...(platformRulesOf(channel)?.reports ?? packs.find((pack) => pack.name === channel)?.reports ?? ['sent' as const])];
}
