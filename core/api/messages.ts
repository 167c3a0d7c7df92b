import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { ById, Flag, Id, Instant, Nothing, Page, pageOf } from './fields.ts';
import { Message, nothingSaid, said, saysSomething } from './inbox.ts';

/** A message as it stands among those of all accounts. What was planned to somebody new has no conversation before it is sent. */
export const ListedMessage = Message.extend({
  conversationId: Id.nullable(),
  channel: z.string(),
  contactId: Id.nullable(),
  contactName: z.string(),
});

/** All that is given has to fit. */
const MessageFilter = z.strictObject({
  accountId: Id.optional(),
  channel: z.string().max(40).optional(),
  conversationId: Id.optional(),
  contactId: Id.optional(),
  direction: Message.shape.direction.optional(),
  kind: z.string().max(20).optional(),
  status: z.enum(['pending', 'sent', 'delivered', 'read', 'failed']).optional(),
  unread: Flag.optional(),
  since: Instant.optional(),
  until: Instant.optional(),
});
/** Cursors go on from any depth at the same cost; an offset is taken for those who count pages. */
const MessagePage = { ...Page.shape, offset: z.coerce.number().int().min(0).max(10_000).optional() };

/** Into a conversation, or to an address from an account. */
const Send = z
  .strictObject({
    conversationId: Id.optional(),
    accountId: Id.optional(),
    to: z.string().trim().min(1).max(320).optional(),
    replyTo: Id.optional(),
    ...said,
  })
  .refine((send) => (send.conversationId === undefined) === (send.accountId !== undefined && send.to !== undefined), {
    path: ['conversationId'],
    error: 'is missing: give it, or accountId and to',
  })
  .refine(saysSomething, nothingSaid);

export const messages = {
  findMessages: endpoint({
    method: 'GET',
    path: '/messages',
    summary: 'Messages of all accounts, newest first',
    allows: 'inbox:read',
    query: MessageFilter.extend(MessagePage),
    reply: pageOf(ListedMessage),
  }),
  listUnreadMessages: endpoint({
    method: 'GET',
    path: '/messages/unread',
    summary: 'What has come in and has not been read, newest first',
    allows: 'inbox:read',
    query: MessageFilter.omit({ unread: true, direction: true, status: true }).extend(MessagePage),
    reply: pageOf(ListedMessage),
  }),
  searchMessages: endpoint({
    method: 'GET',
    path: '/search/messages',
    summary: 'Messages that hold all these words, newest first; case and accents do not count, and the last word may go on',
    allows: 'inbox:read',
    query: Page.extend({ q: z.string().trim().min(1).max(200) }),
    reply: pageOf(ListedMessage.extend({ parts: z.array(z.object({ text: z.string(), isFound: z.boolean() })) })),
  }),
  sendMessage: endpoint({
    method: 'POST',
    path: '/messages',
    summary: 'Plan one message; the same clientKey, or Idempotency-Key header, never sends twice',
    allows: 'inbox:write',
    body: Send,
    status: 202,
    reply: ListedMessage,
  }),
  readMessage: endpoint({
    method: 'GET',
    path: '/messages/:id',
    summary: 'One message, also by the id of the delivery that it was planned as',
    allows: 'inbox:read',
    params: ById,
    reply: ListedMessage,
  }),
  cancelMessage: endpoint({
    method: 'DELETE',
    path: '/messages/:id',
    summary: 'Take back a message that is still planned',
    allows: 'inbox:write',
    params: ById,
    status: 204,
    reply: Nothing,
  }),
  markMessageRead: endpoint({
    method: 'PATCH',
    path: '/messages/:id/read',
    summary: 'Mark one message as read here; the other side learns nothing',
    allows: 'inbox:write',
    params: ById,
    reply: ListedMessage,
  }),
};
