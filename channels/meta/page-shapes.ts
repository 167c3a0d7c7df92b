import { z } from 'zod';
import { Count, Flag, Id, listOf, part, Text } from './loose.ts';

/** A sender without an id has come through a plugin; `user_ref` is all that is known of them. */
const Side = part({ id: Id, user_ref: Id });
export const Referral = part({
  ref: Text,
  source: Text,
  type: Text,
  ad_id: Id,
  referer_uri: Text,
  ads_context_data: part({ ad_title: Text }),
});
export type Referral = NonNullable<z.output<typeof Referral>>;

const Payload = part({
  url: Text,
  story_media_url: Text,
  title: Text,
  sticker_id: Id,
  coordinates: part({ lat: Count, long: Count }),
});
const Attachment = part({
  type: Text,
  url: Text,
  title: Text,
  /** Of a fallback it may be a text. */
  payload: z.union([Payload.unwrap(), z.string().transform(() => null)]).catch(null),
});
export type Attachment = NonNullable<z.output<typeof Attachment>>;

const Message = part({
  mid: Id,
  text: Text,
  is_echo: Flag,
  is_deleted: Flag,
  is_unsupported: Flag,
  metadata: Text,
  quick_reply: part({ payload: Text }),
  reply_to: part({ mid: Id, story: part({ id: Id, url: Text }) }),
  attachments: listOf(Attachment),
  sticker_id: Id,
  referral: Referral,
});
export type Message = NonNullable<z.output<typeof Message>>;

const Owner = part({ new_owner_app_id: Id, previous_owner_app_id: Id, requested_owner_app_id: Id });

/** What happened between one person and one page or Instagram account. */
export const Talk = z.object({
  sender: Side,
  recipient: Side,
  timestamp: z.unknown().optional(),
  message: Message,
  message_edit: part({ mid: Id, text: Text }),
  reaction: part({ mid: Id, action: Text, emoji: Text, reaction: Text }),
  postback: part({ mid: Id, title: Text, payload: Text, referral: Referral }),
  referral: Referral,
  optin: part({ type: Text, ref: Text, user_ref: Id, payload: Text }),
  delivery: part({ mids: listOf(Id), watermark: z.unknown().optional() }),
  read: part({ mid: Id, watermark: z.unknown().optional() }),
  pass_thread_control: Owner,
  take_thread_control: Owner,
  request_thread_control: Owner,
  app_roles: part({}),
  policy_enforcement: part({ action: Text, reason: Text }),
});
export type Talk = z.output<typeof Talk>;
