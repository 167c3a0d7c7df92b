import { z } from 'zod';

const id = z.uuid();

/** What happened, by name. An event names rows and never carries them, so a reader asks with its own permissions. */
export const Event = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('profile_changed'), profileId: id }),
  z.object({ kind: z.literal('qr_changed'), profileId: id }),
  /** Somebody took a profile over or gave it back. */
  z.object({ kind: z.literal('control_changed'), profileId: id }),
  z.object({ kind: z.literal('profiles_listed') }),
  z.object({ kind: z.literal('account_changed'), accountId: id }),
  /** An account at a platform was connected, anew or again. */
  z.object({ kind: z.literal('platform_connected'), accountId: id }),
  z.object({ kind: z.literal('platform_disconnected'), accountId: id }),
  z.object({ kind: z.literal('sync_started'), accountId: id }),
  /** Also when it failed: the account says why. */
  z.object({ kind: z.literal('sync_completed'), accountId: id }),
  /** A platform said something of an account that people have to know; the account has the words. */
  z.object({ kind: z.literal('operators_warned'), accountId: id }),
  z.object({ kind: z.literal('admins_warned'), accountId: id }),
  z.object({ kind: z.literal('proxy_changed'), proxyId: id }),
  z.object({ kind: z.literal('proxy_pool_changed'), poolId: id }),
  z.object({ kind: z.literal('list_changed'), listId: id }),
  z.object({ kind: z.literal('import_changed'), importId: id, listId: id }),
  z.object({ kind: z.literal('template_changed'), templateId: id }),
  z.object({ kind: z.literal('campaign_changed'), campaignId: id }),
  z.object({
    kind: z.literal('delivery_changed'),
    deliveryId: id,
    campaignId: id.nullable(),
    accountId: id.nullable(),
    conversationId: id.nullable(),
  }),
  z.object({ kind: z.literal('message_added'), messageId: id, conversationId: id, accountId: id }),
  z.object({ kind: z.literal('message_changed'), messageId: id, conversationId: id, accountId: id }),
  z.object({ kind: z.literal('conversation_changed'), conversationId: id, accountId: id }),
  /** Somebody opened or left it, or began or stopped writing an answer. */
  z.object({ kind: z.literal('attendance_changed'), conversationId: id }),
  z.object({ kind: z.literal('batch_changed'), batchId: id }),
  z.object({ kind: z.literal('label_changed'), labelId: id }),
  z.object({ kind: z.literal('team_changed'), teamId: id }),
  z.object({ kind: z.literal('canned_answer_changed'), cannedAnswerId: id }),
  z.object({ kind: z.literal('saved_view_changed'), savedViewId: id }),
  z.object({ kind: z.literal('contact_changed'), contactId: id }),
  z.object({ kind: z.literal('run_added'), runId: id, accountId: id, deliveryId: id.nullable() }),
  /** Somebody changed a hook, or it was switched off; not what it posts. */
  z.object({ kind: z.literal('hook_changed'), hookId: id }),
  /** Rules, macros or bots. */
  z.object({ kind: z.literal('automation_changed') }),
  /** A rule called for the webhooks that are told of it. */
  z.object({
    kind: z.literal('rule_fired'),
    ruleId: id.nullable(),
    conversationId: id.nullable(),
    accountId: id.nullable(),
    contactId: id.nullable(),
    messageId: id.nullable(),
  }),
  /** An answer that was promised is late. */
  z.object({ kind: z.literal('sla_breached'), timerId: id, conversationId: id, accountId: id }),
  /** A team's conversation was handed to one of its people. */
  z.object({ kind: z.literal('conversation_given'), conversationId: id, accountId: id, personId: id }),
  /** Somebody has a new notice, or has read what one speaks of. */
  z.object({ kind: z.literal('notice_added'), personId: id }),
  z.object({ kind: z.literal('workspace_changed') }),
]);
export type Event = z.output<typeof Event>;
export type EventKind = Event['kind'];

/** Place in the log: transaction, then number. Readers keep it and ask for what came after. */
export const EventCursor = z.string().regex(/^\d{1,20}\.\d{1,20}$/);
export type EventCursor = z.output<typeof EventCursor>;

/** The permission that a subscriber needs to be told of an event. */
export const toldTo = {
  profile_changed: 'profiles:read',
  qr_changed: 'profiles:run',
  control_changed: 'profiles:read',
  profiles_listed: 'profiles:read',
  account_changed: 'profiles:read',
  platform_connected: 'profiles:read',
  platform_disconnected: 'profiles:read',
  sync_started: 'profiles:read',
  sync_completed: 'profiles:read',
  operators_warned: 'profiles:run',
  admins_warned: 'accounts:write',
  proxy_changed: 'proxies:read',
  proxy_pool_changed: 'proxies:read',
  list_changed: 'lists:read',
  import_changed: 'lists:read',
  template_changed: 'templates:read',
  campaign_changed: 'campaigns:read',
  delivery_changed: 'campaigns:read',
  message_added: 'inbox:read',
  message_changed: 'inbox:read',
  conversation_changed: 'inbox:read',
  attendance_changed: 'inbox:read',
  batch_changed: 'inbox:read',
  label_changed: 'inbox:read',
  team_changed: 'inbox:read',
  canned_answer_changed: 'inbox:read',
  saved_view_changed: 'inbox:read',
  contact_changed: 'lists:read',
  run_added: 'profiles:read',
  hook_changed: 'audit:read',
  automation_changed: 'inbox:read',
  rule_fired: 'inbox:read',
  sla_breached: 'inbox:read',
  conversation_given: 'inbox:read',
  notice_added: 'inbox:read',
  workspace_changed: 'workspace:read',
} as const satisfies Record<EventKind, string>;
