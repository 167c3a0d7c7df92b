import type { EventOf, PlatformEvent } from '#core/platform-event.ts';
import { timeOf } from './loose.ts';
import { type Entry, unknownEvent } from './unknown-event.ts';
import { contentOf } from './whatsapp-content.ts';
import { Message, type Person, type Value } from './whatsapp-shapes.ts';

/** A change: its entry, its field, and what all its parts share. */
export type Place = { entry: Entry; field: string | null; value: Value };

/** Chat opened, nothing typed: no message. */
const noMessage = new Set(['request_welcome']);

/** A message that came in. */
export function parseIncoming(raw: Record<string, unknown>, place: Place): PlatformEvent {
  const message = Message.parse(raw);
  if (message.type === 'system') return ofSystem(message, place);
  const person = personOf(message, place.value.contacts);
  const fromUserId = message.from_user_id ?? person?.user_id;
  const way = {
    ...told(message, place),
    from: message.from ?? message.from_user_id ?? person?.wa_id ?? person?.user_id ?? null,
    to: place.value.metadata?.phone_number_id ?? null,
    ...(fromUserId ? { fromUserId } : {}),
  };
  const change = ofChange(message, way);
  if (change) return change;
  if (isNothing(message)) return unknownEvent(place.entry, { ...way, ...about(message, place), reason: 'a message without content' });
  return {
    kind: 'message_in',
    ...way,
    ...contentOf(message),
    id: message.id,
    ...around(message),
    contactName: person?.profile?.name ?? null,
    ...(person?.profile?.username ? { username: person.profile.username } : {}),
  };
}

/** What the business wrote elsewhere, such as on its own phone. */
export function parseEcho(raw: Record<string, unknown>, place: Place): PlatformEvent {
  const message = Message.parse(raw);
  const way = {
    ...told(message, place),
    from: place.value.metadata?.phone_number_id ?? message.from,
    to: message.to ?? message.to_user_id,
    ...(message.to_user_id ? { toUserId: message.to_user_id } : {}),
  };
  const change = ofChange(message, { ...way, outgoing: true });
  if (change) return change;
  if (isNothing(message)) return unknownEvent(place.entry, { ...way, ...about(message, place), reason: 'an echo without content' });
  return { kind: 'echo', ...way, ...contentOf(message), id: message.id, ...around(message) };
}

type Way = Pick<EventOf<'edit'>, 'account' | 'timestamp' | 'from' | 'to' | 'fromUserId' | 'toUserId' | 'outgoing' | 'standby'>;

/** Messages that change another one. */
function ofChange(message: Message, way: Way): PlatformEvent | null {
  if (message.reaction && (message.type === 'reaction' || message.type === null))
    return { kind: 'reaction', ...way, id: message.id, target: message.reaction.message_id, emoji: message.reaction.emoji };
  if (message.revoke && (message.type === 'revoke' || message.type === null))
    return { kind: 'unsend', ...way, id: message.revoke.original_message_id };
  if (message.edit && (message.type === 'edit' || message.type === null))
    return { kind: 'edit', ...way, id: message.edit.original_message_id, text: message.edit.message ? contentOf(message.edit.message).text : null };
  return null;
}

function ofSystem(message: Message, place: Place): PlatformEvent {
  const { system } = message;
  return {
    kind: 'system',
    ...told(message, place),
    from: message.from ?? message.from_user_id,
    to: place.value.metadata?.phone_number_id ?? null,
    ...(message.from_user_id ? { fromUserId: message.from_user_id } : {}),
    id: message.id,
    type: system?.type ?? null,
    text: system?.body ?? null,
    oldId: system?.customer ?? system?.previous_user_id ?? null,
    newId: system?.new_wa_id ?? system?.wa_id ?? system?.user_id ?? null,
  };
}

/** Types that are no message, changes that do not say of what, and parts that say nothing at all. */
function isNothing(message: Message): boolean {
  if (message.type !== null && (noMessage.has(message.type) || ['reaction', 'revoke', 'edit'].includes(message.type))) return true;
  return message.type === null && message.id === null && contentOf(message).type === 'unsupported';
}

function told(message: Message, { entry, field }: Place) {
  const standby = field === 'standby' ? { standby: true as const } : {};
  return { account: entry.account, timestamp: timeOf(message.timestamp, entry.time), ...standby };
}

const about = (message: Message, place: Place) => ({ id: message.id, type: message.type, field: place.field });

function around({ context, referral, group_id }: Message) {
  return {
    ...(context?.id ? { replyTo: context.id } : {}),
    ...(context?.forwarded || context?.frequently_forwarded ? { forwarded: true } : {}),
    ...(group_id ? { group: group_id } : {}),
    ...(referral
      ? {
          referral: {
            sourceId: referral.source_id,
            sourceType: referral.source_type,
            headline: referral.headline,
            ctwaClid: referral.ctwa_clid,
            ref: null,
            url: referral.source_url,
          },
        }
      : {}),
  };
}

/** The card of the sender: the one with an id of theirs; the only one, or the first where the message does not say who sent it. */
function personOf({ from, from_user_id }: Message, people: readonly Person[]): Person | undefined {
  const known = people.find((one) => (from !== null && one.wa_id === from) || (from_user_id !== null && one.user_id === from_user_id));
  return known ?? (people.length === 1 || (from ?? from_user_id) === null ? people[0] : undefined);
}
