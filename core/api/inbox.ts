import { z } from 'zod';
import { DeliveryState } from '#core/delivery.ts';
import { MediaRules } from '#core/media.ts';
import { PlatformAct } from '#core/platform-act.ts';
import { PlatformExtras } from '#core/platform-extras.ts';
import { endpoint } from './endpoint.ts';
import { ById, Flag, Id, Instant, Page, pageOf } from './fields.ts';
import { Media } from './media.ts';

export const Message = z.object({
  id: Id,
  conversationId: Id,
  accountId: Id,
  deliveryId: Id.nullable(),
  platformId: z.string().nullable(),
  direction: z.enum(['in', 'out']),
  kind: z.string(),
  text: z.string(),
  /** What a mail quotes below its own text. */
  folded: z.string().nullable(),
  /** Who wrote it, in a group, as the messenger shows them. */
  author: z.string().nullable(),
  /** The file that went with it. A picture or document that came in lies with the messenger only: then there is a kind and no file. */
  media: Media.nullable(),
  /** The message that this one answers. */
  replyTo: z.object({ id: Id, direction: z.enum(['in', 'out']), kind: z.string(), text: z.string(), author: z.string().nullable() }).nullable(),
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
  /** A group or a channel: several people write there. */
  isGroup: z.boolean(),
  unread: z.number(),
  archivedAt: Instant.nullable(),
  lastMessageAt: Instant.nullable(),
  lastMessage: Message.pick({ direction: true, kind: true, text: true, status: true }).nullable(),
  /** When this person last wrote. */
  heardAt: Instant.nullable(),
  suppressedAt: Instant.nullable(),
  /** What this channel can report, so that a missing tick is not mistaken for silence. */
  reports: z.array(z.enum(['sent', 'delivered', 'read'])),
  /** The files that this channel takes, and whether it can answer one message. */
  takes: z.object({ media: MediaRules, quotes: z.boolean(), extras: z.array(z.string()), textLength: z.number().nullable() }),
  /** Of an official platform: until when anything may be said, and until when a person may still answer. Null elsewhere. */
  window: z.object({ opensUntil: Instant.nullable(), humanUntil: Instant.nullable(), afterwards: z.enum(['template', 'human_agent']) }).nullable(),
  createdAt: Instant,
});

/** A template has its own words, and a file elsewhere needs none. */
const standsAlone = (extras: PlatformExtras | undefined): boolean => extras?.template !== undefined || extras?.link !== undefined;

/** A text, a file with the text as its caption, or an answer to one message of the same conversation. */
const Reply = z
  .strictObject({
    text: z.string().trim().max(65_536).default(''),
    mediaId: Id.optional(),
    replyTo: Id.optional(),
    /** On an official platform: its template, buttons, a list, a link to a file, or the tag of an answer by a person. */
    extras: PlatformExtras.optional(),
    clientKey: z.string().min(1).max(100).optional(),
  })
  .refine((reply) => reply.text !== '' || reply.mediaId || standsAlone(reply.extras), { path: ['text'], error: 'is missing: give a text or a file' });

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
    body: Reply,
    status: 202,
    reply: Message,
  }),
  sendFromProfile: endpoint({
    method: 'POST',
    path: '/profiles/:id/send',
    summary: 'Plan one message; the reply names the delivery to follow',
    allows: 'inbox:write',
    params: ById,
    body: z
      .strictObject({
        to: z.string().trim().min(1).max(320),
        text: z.string().max(65_536).default(''),
        mediaId: Id.optional(),
        extras: PlatformExtras.optional(),
        clientKey: z.string().max(100).optional(),
      })
      .refine((send) => send.text !== '' || send.mediaId || standsAlone(send.extras), { path: ['text'], error: 'is missing: give a text or a file' }),
    status: 202,
    reply: z.object({ deliveryId: Id }),
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
  actInConversation: endpoint({
    method: 'POST',
    path: '/conversations/:id/acts',
    summary: 'On an official platform: tell the person that it was read, that somebody types, or react to a message',
    allows: 'inbox:write',
    params: ById,
    body: z.strictObject({ act: PlatformAct }),
    status: 202,
    reply: z.object({ accepted: z.literal(true) }),
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
