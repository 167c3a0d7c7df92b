import { z } from 'zod';
import { DeliveryState } from '#core/delivery.ts';
import { endpoint } from './endpoint.ts';
import { ById, Flag, Id, Instant, Page, pageOf } from './fields.ts';

export const Message = z.object({
  id: Id,
  conversationId: Id,
  accountId: Id,
  deliveryId: Id.nullable(),
  platformId: z.string().nullable(),
  direction: z.enum(['in', 'out']),
  kind: z.string(),
  text: z.string(),
  status: z.enum(['planned', 'pending', 'sent', 'delivered', 'read', 'failed', 'uncertain', 'cancelled', 'skipped']).nullable(),
  error: z.string().nullable(),
  at: Instant,
  readAt: Instant.nullable(),
  createdAt: Instant,
});
export const Conversation = z.object({
  id: Id,
  accountId: Id,
  accountName: z.string(),
  channel: z.string(),
  contactId: Id,
  contactName: z.string(),
  address: z.string().nullable(),
  unread: z.number(),
  archivedAt: Instant.nullable(),
  lastMessageAt: Instant.nullable(),
  lastMessage: Message.pick({ direction: true, text: true, status: true }).nullable(),
  suppressedAt: Instant.nullable(),
  /** What this channel can report, so that a missing tick is not mistaken for silence. */
  reports: z.array(z.enum(['sent', 'delivered', 'read'])),
  createdAt: Instant,
});

export const inbox = {
  listConversations: endpoint({
    method: 'GET',
    path: '/conversations',
    summary: 'Conversations, newest first',
    allows: 'inbox:read',
    query: Page.extend({
      unread: Flag.optional(),
      archived: Flag.optional(),
      accountId: Id.optional(),
      channel: z.string().max(40).optional(),
      search: z.string().max(100).optional(),
    }),
    reply: pageOf(Conversation),
  }),
  readConversation: endpoint({
    method: 'GET',
    path: '/conversations/:id',
    summary: 'One conversation',
    allows: 'inbox:read',
    params: ById,
    reply: Conversation,
  }),
  listMessages: endpoint({
    method: 'GET',
    path: '/conversations/:id/messages',
    summary: 'Messages, newest first',
    allows: 'inbox:read',
    params: ById,
    query: Page,
    reply: pageOf(Message),
  }),
  replyTo: endpoint({
    method: 'POST',
    path: '/conversations/:id/messages',
    summary: 'Reply; the same clientKey never sends twice',
    allows: 'inbox:write',
    params: ById,
    body: z.strictObject({ text: z.string().trim().min(1).max(65_536), clientKey: z.string().min(1).max(100).optional() }),
    status: 202,
    reply: Message,
  }),
  readConversationNow: endpoint({
    method: 'POST',
    path: '/conversations/:id/fetch',
    summary: 'Read this account’s web page again; opening a chat shows as read to the other side',
    allows: 'inbox:write',
    params: ById,
    status: 202,
    reply: z.object({ state: DeliveryState.nullable() }),
  }),
  markRead: endpoint({
    method: 'PATCH',
    path: '/conversations/:id/read',
    summary: 'Mark as read here',
    allows: 'inbox:write',
    params: ById,
    reply: Conversation,
  }),
  archiveConversation: endpoint({
    method: 'PATCH',
    path: '/conversations/:id/archive',
    summary: 'Archive or bring back',
    allows: 'inbox:write',
    params: ById,
    body: z.strictObject({ archived: z.boolean() }),
    reply: Conversation,
  }),
};
