import { z } from 'zod';
import { Code, Count, Flag, Id, listOf, Many, part, Text } from './loose.ts';

const File = part({ id: Id, mime_type: Text, caption: Text, filename: Text, sha256: Text, url: Text, voice: Flag, animated: Flag });
const Reply = part({ id: Id, title: Text, description: Text });
const Referral = part({
  source_id: Id,
  source_type: Text,
  source_url: Text,
  headline: Text,
  ctwa_clid: Text,
});
const Fault = part({ code: Code, title: Text, message: Text });
export const Faults = listOf(Fault);

/** The part of a message that holds what was said; an edit brings a whole new one. */
const said = {
  type: Text,
  text: part({ body: Text }),
  image: File,
  audio: File,
  voice: File,
  video: File,
  document: File,
  sticker: File,
  location: part({ latitude: Count, longitude: Count, name: Text, address: Text }),
  contacts: z
    .array(
      part({
        name: part({ formatted_name: Text, first_name: Text, last_name: Text }),
        phones: listOf(part({ phone: Text })),
      }),
    )
    .nullable()
    .catch(null),
  interactive: part({
    type: Text,
    body: part({ text: Text }),
    button_reply: Reply,
    list_reply: Reply,
    nfm_reply: part({ body: Text, response_json: z.unknown().optional() }),
    call_permission_reply: part({ response: Text }),
  }),
  button: part({ text: Text, payload: Text }),
  order: part({ text: Text, product_items: Many }),
  template: part({ name: Text }),
  unsupported: part({ type: Text }),
  errors: Faults,
};
export const Said = z.object(said);
export type Said = z.output<typeof Said>;

export const Message = z.object({
  ...said,
  from: Id,
  from_user_id: Id,
  to: Id,
  to_user_id: Id,
  id: Id,
  timestamp: z.unknown().optional(),
  group_id: Id,
  context: part({ id: Id, forwarded: Flag, frequently_forwarded: Flag }),
  referral: Referral,
  reaction: part({ message_id: Id, emoji: Text }),
  revoke: part({ original_message_id: Id }),
  edit: part({ original_message_id: Id, message: Said.nullable().catch(null) }),
  system: part({
    type: Text,
    body: Text,
    wa_id: Id,
    new_wa_id: Id,
    user_id: Id,
    customer: Id,
    previous_user_id: Id,
  }),
});
export type Message = z.output<typeof Message>;

export const Person = part({ wa_id: Id, user_id: Id, profile: part({ name: Text, username: Text }) });
export type Person = NonNullable<z.output<typeof Person>>;

export const Status = z.object({
  id: Id,
  type: Text,
  status: Text,
  timestamp: z.unknown().optional(),
  recipient_id: Id,
  recipient_user_id: Id,
  recipient_type: Text,
  recipient_participant_id: Id,
  recipient_participant_user_id: Id,
  conversation: part({ id: Id }),
  pricing: part({ billable: Flag }),
  biz_opaque_callback_data: Text,
  errors: Faults,
});

export const Call = z.object({ id: Id, wacid: Id, from: Id, from_user_id: Id, to: Id, event: Text, status: Text, timestamp: z.unknown().optional() });
export const Preference = z.object({ wa_id: Id, user_id: Id, category: Text, value: Text, timestamp: z.unknown().optional() });
export const UserIdUpdate = z.object({
  wa_id: Id,
  detail: Text,
  user_id: part({ previous: Id, current: Id }),
  timestamp: z.unknown().optional(),
});

/** What a change of any field may hold; which parts are there decides how it is read. */
export const Value = z.object({
  metadata: part({ phone_number_id: Id }),
  contacts: listOf(Person),
  messages: Many,
  message_echoes: Many,
  statuses: Many,
  calls: Many,
  user_preferences: Many,
  user_id_update: Many,
  errors: Faults,
});
export type Value = z.output<typeof Value>;

/** Changes of a template or of the account itself. */
export const Notice = z.object({
  event: Text,
  decision: Text,
  alert_info: part({ alert_type: Text }),
  alert_type: Text,
  current_limit: Text,
  display_phone_number: Id,
  message_template_id: Id,
  message_template_name: Text,
  message_template_language: Text,
  reason: Text,
  previous_quality_score: Text,
  new_quality_score: Text,
  previous_category: Text,
  new_category: Text,
  control_passed: part({}),
  timestamp: z.unknown().optional(),
});
export type Notice = z.output<typeof Notice>;
