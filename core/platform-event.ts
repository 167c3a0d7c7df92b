import { z } from 'zod';

/** Platforms that tell us by webhook what happened. */
export const Platform = z.enum(['whatsapp', 'messenger', 'instagram']);
export type Platform = z.output<typeof Platform>;

/** What a message holds. `unsupported`: the platform keeps the content to itself, or sends a kind that did not exist when this was written. */
export const ContentType = z.enum([
  'text',
  'image',
  'audio',
  'video',
  'document',
  'sticker',
  'location',
  'contacts',
  'interactive',
  'button',
  'order',
  'share',
  'story_mention',
  'template',
  'unsupported',
]);
export type ContentType = z.output<typeof ContentType>;

/** How far a message of ours has come, as the platform says it. `unknown` is a word that we do not know; `rawStatus` has it. */
export const ToldStatus = z.enum(['sent', 'delivered', 'read', 'failed', 'unknown']);

const Word = z.string().nullable();
const Instant = z.iso.datetime().nullable();
/** `account` is the id that the platform puts above everything in an entry: a business account, a page, an Instagram account. */
const Told = { account: Word, timestamp: Instant };
/** Ids are opaque texts, compared as they are. `standby`: the thread belongs to another app now; shown, not answered by itself. */
const Way = {
  ...Told,
  from: Word,
  to: Word,
  fromUserId: z.string().optional(),
  toUserId: z.string().optional(),
  standby: z.literal(true).optional(),
  /** Where the platform says that it was ours. */
  outgoing: z.literal(true).optional(),
};

export const MediaRef = z.object({
  id: Word,
  mime: Word,
  url: z.string().optional(),
  filename: z.string().optional(),
  sha256: z.string().optional(),
  voice: z.boolean().optional(),
  animated: z.boolean().optional(),
});
export const Referral = z.object({
  sourceId: Word,
  sourceType: Word,
  headline: Word,
  ctwaClid: Word,
  ref: Word,
  url: Word,
});
const Attachment = z.object({ type: Word, url: Word, title: Word });

/** What was said: the same for what comes in and what the business says elsewhere. */
export const Content = z.object({
  type: ContentType,
  /** The platform's own word where ours says less. */
  rawType: z.string().optional(),
  text: Word,
  payload: z.string().optional(),
  media: MediaRef.optional(),
  location: z
    .object({ latitude: z.number().nullable(), longitude: z.number().nullable(), name: z.string().optional(), address: z.string().optional() })
    .optional(),
  sharedContacts: z.array(z.string()).optional(),
  orderItems: z.number().optional(),
  /** What a form was filled in with; the text itself where it is not JSON. */
  form: z.unknown().optional(),
  attachments: z.array(Attachment).optional(),
  errors: z.array(z.number()).optional(),
});
export type Content = z.output<typeof Content>;

const message = {
  ...Way,
  ...Content.shape,
  id: Word,
  replyTo: z.string().optional(),
  story: z.object({ id: Word, url: Word }).optional(),
  forwarded: z.boolean().optional(),
  referral: Referral.optional(),
  contactName: Word.optional(),
  username: z.string().optional(),
  group: z.string().optional(),
};

const receipt = { ...Way, ids: z.array(z.string()), watermark: Instant };

/**
 * What a webhook said, one by one, in one vocabulary for all platforms. `unknown` is acknowledged, kept and counted: nothing that a platform
 * sends is lost because it came after this was written, or came broken.
 */
export const PlatformEvent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('message_in'), ...message }),
  /** Sent by the business from another place: its phone, another app. */
  z.object({
    kind: z.literal('echo'),
    ...message,
    /** What we gave along with a message that we sent ourselves. */ callbackData: z.string().optional(),
  }),
  /** `target` is the message that it belongs to; `emoji` null takes it away. */
  z.object({ kind: z.literal('reaction'), ...Way, id: Word, target: Word, emoji: Word }),
  z.object({
    kind: z.literal('status'),
    ...Way,
    id: Word,
    status: ToldStatus,
    rawStatus: Word,
    group: z.string().optional(),
    participant: z.string().optional(),
    conversationId: z.string().optional(),
    billable: z.boolean().optional(),
    callbackData: z.string().optional(),
    errors: z.array(z.number()).optional(),
  }),
  /** `ids` may be empty: then everything up to the watermark. */
  z.object({ kind: z.literal('delivery'), ...receipt }),
  z.object({ kind: z.literal('read'), ...receipt }),
  /** `id` is the message that is changed. */
  z.object({ kind: z.literal('edit'), ...Way, id: Word, text: Word }),
  z.object({ kind: z.literal('unsend'), ...Way, id: Word }),
  z.object({ kind: z.literal('postback'), ...Way, id: Word, text: Word, payload: Word, referral: Referral.optional() }),
  z.object({ kind: z.literal('referral'), ...Way, referral: Referral }),
  z.object({ kind: z.literal('optin'), ...Way, type: Word, ref: Word, userRef: Word, payload: Word }),
  /** A person who is known by another id from now on, among others. */
  z.object({ kind: z.literal('system'), ...Way, id: Word, type: Word, text: Word, oldId: Word, newId: Word }),
  /** `stop`: no marketing to this person any more. */
  z.object({ kind: z.literal('preference'), ...Way, category: Word, value: Word }),
  z.object({ kind: z.literal('handover'), ...Way, event: Word, newOwner: Word, previousOwner: Word }),
  z.object({ kind: z.literal('template_status'), ...Told, templateId: Word, template: Word, language: Word, status: Word, reason: Word }),
  z.object({ kind: z.literal('template_quality'), ...Told, templateId: Word, template: Word, language: Word, old: Word, new: Word }),
  z.object({ kind: z.literal('template_category'), ...Told, field: Word, templateId: Word, template: Word, language: Word, old: Word, new: Word }),
  z.object({ kind: z.literal('account_event'), ...Told, field: Word, event: Word, limit: Word, phone: Word }),
  z.object({ kind: z.literal('call'), ...Way, id: Word, status: Word }),
  z.object({ kind: z.literal('error'), ...Way, errors: z.array(z.number()), text: Word }),
  z.object({ kind: z.literal('unknown'), ...Way, id: Word, field: Word, type: Word, reason: z.string() }),
]);
export type PlatformEvent = z.output<typeof PlatformEvent>;
export type EventOf<K extends PlatformEvent['kind']> = Extract<PlatformEvent, { kind: K }>;
