import { z } from 'zod';
import { ConversationState, InboxView, LabelColour, Priority } from '#core/conversation.ts';
import { DeliveryState } from '#core/delivery.ts';
import { MediaRules } from '#core/media.ts';
import { PlatformAct } from '#core/platform-act.ts';
import { PlatformExtras } from '#core/platform-extras.ts';
import { endpoint } from './endpoint.ts';
import { ById, Flag, Id, Instant, Page, pageOf } from './fields.ts';
import { Media } from './media.ts';
import { ConversationSla } from './sla.ts';

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
  /** A rule or a bot wrote it; `turnId` is what it decided that in, while the log is kept. */
  saidBy: z.object({ is: z.enum(['rule', 'bot']), name: z.string(), turnId: z.string().nullable() }).nullable(),
  /** The file that went with it. A picture or document that came in lies with the messenger only: then there is a kind and no file. */
  media: Media.nullable(),
  /** The message that this one answers. */
  replyTo: z.object({ id: Id, direction: z.enum(['in', 'out']), kind: z.string(), text: z.string(), author: z.string().nullable() }).nullable(),
  status: z.enum(['planned', 'pending', 'sent', 'delivered', 'read', 'failed', 'uncertain', 'cancelled', 'skipped']).nullable(),
  error: z.string().nullable(),
  /** What people have put under it. */
  reactions: z.array(z.object({ from: z.string(), emoji: z.string() })),
  editedAt: Instant.nullable(),
  /** It was taken back: then its text is gone. */
  unsentAt: Instant.nullable(),
  /** While it is planned for later: when it may go out. */
  sendAt: Instant.nullable(),
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
  state: ConversationState,
  /** While it is snoozed: when it comes back by itself. */
  snoozedUntil: Instant.nullable(),
  resolvedAt: Instant.nullable(),
  archivedAt: Instant.nullable(),
  assignedTo: z.object({ id: Id, name: z.string() }).nullable(),
  team: z.object({ id: Id, name: z.string() }).nullable(),
  priority: Priority,
  labels: z.array(z.object({ id: Id, name: z.string(), colour: LabelColour })),
  /** What is owed here; null: there is no policy. */
  sla: ConversationSla.nullable(),
  /** Stands above the others, for everybody. */
  pinnedAt: Instant.nullable(),
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

/** What one message says, wherever it goes: a text, a file with the text as its caption, or what an official platform has for it. */
export const said = {
  text: z.string().trim().max(65_536).default(''),
  mediaId: Id.optional(),
  /** On an official platform: its template, buttons, a list, a link to a file, or the tag of an answer by a person. */
  extras: PlatformExtras.optional(),
  /** Not before this time. */
  sendAt: Instant.optional(),
  clientKey: z.string().min(1).max(100).optional(),
};
type Said = { text: string; mediaId?: string | undefined; extras?: PlatformExtras | undefined };
/** A template has its own words, and a file elsewhere needs none. */
export const saysSomething = ({ text, mediaId, extras }: Said): boolean =>
  text !== '' || mediaId !== undefined || extras?.template !== undefined || extras?.link !== undefined;
export const nothingSaid = { path: ['text'], error: 'is missing: give a text or a file' };

/** It may answer one message of the same conversation. */
const Reply = z.strictObject({ ...said, replyTo: Id.optional() }).refine(saysSomething, nothingSaid);

/** Which conversations are meant. All that is given has to fit; without `state` and `archived`, those that are not archived. */
export const ConversationFilter = z.strictObject({
  view: InboxView.optional(),
  state: ConversationState.optional(),
  unread: Flag.optional(),
  archived: Flag.optional(),
  assignedTo: Id.optional(),
  teamId: Id.optional(),
  labelId: Id.optional(),
  priority: Priority.optional(),
  /** Only where an answer is owed, or late already; these stand in the order in which they are due. */
  due: z.enum(['soon', 'late']).optional(),
  accountId: Id.optional(),
  channel: z.string().max(40).optional(),
  /** When something was last said there: from, and before. */
  since: Instant.optional(),
  until: Instant.optional(),
  search: z.string().max(100).optional(),
});

/** What may be changed at once. A new message opens a conversation again, whatever its state. */
const ConversationChange = z
  .strictObject({
    assignedTo: Id.nullable().optional(),
    teamId: Id.nullable().optional(),
    priority: Priority.optional(),
    state: ConversationState.optional(),
    /** Only with the state `snoozed`. */
    snoozedUntil: Instant.optional(),
    /** Null: no policy, the usual one neither. */
    slaPolicyId: Id.nullable().optional(),
    isPinned: z.boolean().optional(),
    isRead: z.boolean().optional(),
    labelIds: z.array(Id).max(20).optional(),
  })
  .refine((change) => (change.state === 'snoozed') === (change.snoozedUntil !== undefined), {
    path: ['snoozedUntil'],
    error: 'belongs to the state snoozed, and only to it',
  });

const Counted = z.object({ conversations: z.number(), unread: z.number() });
const ByState = z.object({ open: Counted, snoozed: Counted, resolved: Counted, archived: Counted });
/** How many conversations there are in each state, and how many of them are unread. A key that is missing has none. */
export const InboxCounts = z.object({
  mine: ByState,
  unassigned: ByState,
  all: ByState,
  accounts: z.record(Id, ByState),
  teams: z.record(Id, ByState),
  labels: z.record(Id, ByState),
  people: z.record(Id, ByState),
});

export const inbox = {
  listConversations: endpoint({
    method: 'GET',
    path: '/conversations',
    summary: 'Conversations, newest first; the first page begins with those that are pinned, beside its limit',
    allows: 'inbox:read',
    query: ConversationFilter.extend(Page.shape),
    reply: pageOf(Conversation),
  }),
  readInboxCounts: endpoint({
    method: 'GET',
    path: '/inbox/counts',
    summary: 'How many conversations are mine, unassigned, of an account, a team or a label, by state',
    allows: 'inbox:read',
    reply: InboxCounts,
  }),
  changeConversation: endpoint({
    method: 'PATCH',
    path: '/conversations/:id',
    summary: 'Assign, snooze, resolve, reopen, archive, pin, label, prioritise, or mark as read or unread',
    allows: 'inbox:write',
    params: ById,
    body: ConversationChange,
    reply: Conversation,
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
    body: z.strictObject({ to: z.string().trim().min(1).max(320), ...said }).refine(saysSomething, nothingSaid),
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
