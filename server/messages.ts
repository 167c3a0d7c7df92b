import { foundParts } from '#core/found-words.ts';
import { markRead } from '#sql/conversation-changes.ts';
import { cancelSend } from '#sql/deliveries.ts';
import { findMessages, readListedMessage, searchMessages } from '#sql/message-list.ts';
import { placeOfMessage } from '#sql/messages.ts';
import { replyIn } from '#sql/reply.ts';
import { sendTo } from './direct-sends.ts';
import type { Handlers } from './handler.ts';
import type { InboxParts } from './inbox.ts';

/** Messages of all accounts. */
export const messagesHandlers = (parts: InboxParts) =>
  ({
    findMessages: ({ query, transaction }) =>
      transaction((trx) => {
        const { cursor, limit, offset, ...filter } = query;
        return findMessages(trx, filter, { cursor, limit, offset });
      }),
    listUnreadMessages: ({ query, transaction }) =>
      transaction((trx) => {
        const { cursor, limit, offset, ...filter } = query;
        return findMessages(trx, { ...filter, unread: true }, { cursor, limit, offset });
      }),
    searchMessages: ({ query, transaction }) =>
      transaction(async (trx) => {
        const { q, cursor, limit } = query;
        const page = await searchMessages(trx, q, { cursor, limit });
        return { rows: page.rows.map((row) => ({ ...row, parts: foundParts(row.text, q) })), next: page.next };
      }),
    sendMessage: ({ body, caller, transaction }) =>
      transaction(async (trx) => {
        const { conversationId, accountId = '', to = '', replyTo, ...content } = body;
        if (conversationId) return readListedMessage(trx, (await replyIn(trx, parts, { ...content, conversationId, replyTo, caller })).id);
        return readListedMessage(trx, (await sendTo(trx, parts, { ...content, accountId, to, caller })).deliveryId);
      }),
    readMessage: ({ params, transaction }) => transaction((trx) => readListedMessage(trx, params.id)),
    async cancelMessage({ params, caller, transaction }) {
      await transaction((trx) => cancelSend(trx, caller.workspaceId, params.id));
      return null;
    },
    markMessageRead: ({ params, caller, transaction }) =>
      transaction(async (trx) => {
        const { conversationId } = await placeOfMessage(trx, params.id);
        await markRead(trx, { workspaceId: caller.workspaceId, conversationId }, params.id);
        return readListedMessage(trx, params.id);
      }),
  }) satisfies Partial<Handlers>;
