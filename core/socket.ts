import { z } from 'zod';
import { ControlState, GoOn, PageInputs } from './control.ts';
import { Event, EventCursor } from './events.ts';
import { PageTabs } from './tabs.ts';

/**
 * The words of /ws. The first message authenticates; a subscription narrows what is told (none: everything the role may see).
 * With `after`, the server sends exactly what was missed, or `resync` when the log no longer reaches back that far.
 * The seeds' words are accepted too: `subscribe_messages`, `mark_read`.
 */
export const ClientMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('authenticate'), token: z.string().max(2000), after: EventCursor.optional() }),
  z.object({
    type: z.literal('subscribe'),
    profileId: z.uuid().optional(),
    campaignId: z.uuid().optional(),
    conversationId: z.uuid().optional(),
  }),
  z.object({ type: z.literal('unsubscribe') }),
  /** Thumbnails of these profiles, as binary frames: 16 bytes of the profile's id, then a JPEG. */
  z.object({ type: z.literal('watch'), profileIds: z.array(z.uuid()).max(64) }),
  /** The page of one profile as it changes, as binary frames: 16 bytes of the profile's id, then a frame of core/live-frame.ts. Null ends it. */
  z.object({ type: z.literal('look'), profileId: z.uuid().nullable() }),
  z.object({ type: z.literal('take_control'), profileId: z.uuid() }),
  /** A sign of life of whoever controls: the time begins anew. */
  z.object({ type: z.literal('keep_control') }),
  z.object({ type: z.literal('give_back'), goOn: GoOn.default('restart') }),
  z.object({ type: z.literal('input'), inputs: PageInputs }),
  /** Which conversation this page has open, and whether an answer is being written; it has to be said again while it holds. */
  z.object({ type: z.literal('attend'), conversationId: z.uuid().nullable(), isWriting: z.boolean().default(false) }),
  z.object({ type: z.literal('subscribe_messages') }),
  z.object({ type: z.literal('mark_read'), message_id: z.uuid() }),
  z.object({ type: z.literal('ping') }),
]);
export type ClientMessage = z.output<typeof ClientMessage>;

/** What was done with an account at a platform; the events of the same names. */
export const platformNews = ['platform_connected', 'platform_disconnected', 'sync_started', 'sync_completed'] as const;

export const ServerMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), cursor: EventCursor }),
  z.object({ type: z.literal('refused'), code: z.string(), message: z.string() }),
  z.object({ type: z.literal('resync'), cursor: EventCursor }),
  z.object({ type: z.literal('event'), cursor: EventCursor, at: z.iso.datetime(), event: Event }),
  z.object({ type: z.literal('qr_update'), sessionId: z.string(), profileId: z.uuid(), qr: z.string().nullable(), image: z.string().nullable() }),
  z.object({ type: z.literal('blast_progress'), blastId: z.uuid(), sent: z.number(), failed: z.number(), total: z.number(), state: z.string() }),
  z.object({ type: z.literal('new_message'), messageId: z.uuid(), conversationId: z.uuid(), accountId: z.uuid() }),
  z.object({ type: z.literal('message_read'), messageId: z.uuid(), conversationId: z.uuid(), accountId: z.uuid() }),
  z.object({ type: z.enum(platformNews), accountId: z.uuid() }),
  z.object({ type: z.literal('control'), profileId: z.uuid(), control: ControlState }),
  /** Of the profile that is looked at: at once, and whenever they change. */
  z.object({ type: z.literal('tabs'), profileId: z.uuid(), ...PageTabs.shape }),
  z.object({ type: z.literal('pong') }),
]);
export type ServerMessage = z.output<typeof ServerMessage>;
