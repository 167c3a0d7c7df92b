import { z } from 'zod';
import { noticeKinds } from '#core/notices.ts';
import { QuietHours } from '#core/policy.ts';
import { endpoint } from './endpoint.ts';
import { Flag, Id, Instant, Nothing, Page, pageOf, Zone } from './fields.ts';

const Kind = z.enum(noticeKinds);
export const Notice = z.object({
  id: Id,
  kind: Kind,
  subject: z.object({
    conversationId: Id.optional(),
    profileId: Id.optional(),
    campaignId: Id.optional(),
    hookId: Id.optional(),
    state: z.string().optional(),
  }),
  /** Of whom or what it speaks. */
  name: z.string(),
  at: Instant,
  readAt: Instant.nullable(),
});
const Ways = z.strictObject({ page: z.boolean(), push: z.boolean(), mail: z.boolean() });
export const NoticeSettings = z.strictObject({
  /** Of this zone the quiet hours are. */
  zone: Zone,
  /** Nothing is pushed or mailed then; what came meanwhile follows afterwards. */
  quiet: QuietHours.nullable(),
  /** The mail account that sends the digest; null: no mail. */
  mailAccountId: Id.nullable(),
  /** Of the mails; the dashboard says which one it speaks. */
  language: z.enum(['en', 'ru']).nullable().default(null),
  rules: z.strictObject(Object.fromEntries(noticeKinds.map((kind) => [kind, Ways])) as Record<(typeof noticeKinds)[number], typeof Ways>), // One for each kind.
});
const Endpoint = z.url({ protocol: /^https?$/, error: 'has to be the address of a push service' }).max(1000);
const Key = z.string().regex(/^[\w-]{16,120}$/, 'is not a key in base64url');

/** What you yourself are told of, and how. */
export const notices = {
  listNotices: endpoint({
    method: 'GET',
    path: '/notices',
    summary: 'Your notices, newest first, and how many are unread',
    allows: 'signed_in',
    query: Page.extend({ unread: Flag.optional() }),
    reply: pageOf(Notice).extend({ unread: z.number() }),
  }),
  readNotices: endpoint({
    method: 'POST',
    path: '/notices/read',
    summary: 'Mark notices of yours as read: these, those of a conversation, or all',
    allows: 'signed_in',
    body: z.strictObject({ ids: z.array(Id).max(200).optional(), conversationId: Id.optional() }),
    status: 204,
    reply: Nothing,
  }),
  readNoticeSettings: endpoint({
    method: 'GET',
    path: '/notice-settings',
    summary: 'By which ways you are told of what, and when not',
    allows: 'signed_in',
    reply: NoticeSettings,
  }),
  changeNoticeSettings: endpoint({
    method: 'PUT',
    path: '/notice-settings',
    summary: 'Choose by which ways you are told of what, and when not',
    allows: 'signed_in',
    body: NoticeSettings,
    reply: NoticeSettings,
  }),
  readPushKey: endpoint({
    method: 'GET',
    path: '/push-key',
    summary: 'The public key that a browser subscribes with (VAPID)',
    allows: 'signed_in',
    reply: z.object({ key: z.string() }),
  }),
  addPushSubscription: endpoint({
    method: 'POST',
    path: '/push-subscriptions',
    summary: 'Let this browser be pushed to',
    allows: 'signed_in',
    body: z.strictObject({ endpoint: Endpoint, keys: z.strictObject({ p256dh: Key, auth: Key }) }),
    status: 204,
    reply: Nothing,
  }),
  removePushSubscription: endpoint({
    method: 'POST',
    path: '/push-subscriptions/remove',
    summary: 'Push to this browser no more',
    allows: 'signed_in',
    body: z.strictObject({ endpoint: Endpoint }),
    status: 204,
    reply: Nothing,
  }),
};
