import type { PlatformEvent } from '#core/platform-event.ts';
import { isObject, Many, Text, timeOf } from './loose.ts';
import { type Entry, eachPart, unknownEvent } from './unknown-event.ts';
import { type Place, parseEcho, parseIncoming } from './whatsapp-message.ts';
import { parseNotice } from './whatsapp-notice.ts';
import { Call, Preference, Status, UserIdUpdate, Value } from './whatsapp-shapes.ts';

type Raw = Record<string, unknown>;

/** One change of WhatsApp. What its value holds decides, more than the name of its field: some senders leave that out. */
export function parseWhatsappChange(change: Raw, entry: Entry): PlatformEvent[] {
  const field = Text.parse(change.field);
  const { value } = change;
  if (!isObject(value)) return field === null && isAbsent(value) ? [] : [unknownEvent(entry, { field, reason: 'a change without a value' })];
  const place: Place = { entry, field, value: Value.parse(value) };
  const parts = { ...place.value };
  const events = [
    ...eachPart(entry, parts.messages, (one) => parseIncoming(one, place)),
    ...eachPart(entry, parts.message_echoes, (one) => parseEcho(one, place)),
    ...eachPart(entry, parts.statuses, (one) => parseStatus(one, place)),
    ...eachPart(entry, parts.calls, (one) => parseCall(one, place)),
    ...eachPart(entry, parts.user_preferences, (one) => parsePreference(one, place)),
    ...eachPart(entry, parts.user_id_update, (one) => parseUserIdUpdate(one, place)),
  ];
  const faults = withFaults(events, place);
  if (faults.length > 0) return faults;
  const isEmpty = ['messages', 'message_echoes', 'statuses', 'calls'].some((name) => Array.isArray(value[name]));
  return isEmpty ? [] : [parseNotice(value, place)];
}

const isAbsent = (value: unknown): boolean => Many.parse(value).length === 0;

/** Errors of the whole change belong to the messages that came without their content; else they are told by themselves. */
function withFaults(events: PlatformEvent[], { entry, value }: Place): PlatformEvent[] {
  if (value.errors.length === 0) return events;
  const codes = value.errors.flatMap((fault) => (fault.code === null ? [] : [fault.code]));
  const isBroken = (event: PlatformEvent) => event.kind === 'message_in' && event.type === 'unsupported' && !event.errors;
  if (events.some(isBroken)) return events.map((event) => (isBroken(event) ? { ...event, errors: codes } : event));
  const to = value.metadata?.phone_number_id ?? null;
  const told = value.errors.map(
    (fault): PlatformEvent => ({
      kind: 'error',
      account: entry.account,
      timestamp: timeOf(undefined, entry.time),
      from: null,
      to,
      errors: fault.code === null ? [] : [fault.code],
      text: fault.title ?? fault.message,
    }),
  );
  return [...events, ...told];
}

const statusNames: ReadonlyMap<string | null, 'sent' | 'delivered' | 'read' | 'failed'> = new Map([
  ['sent', 'sent'],
  ['delivered', 'delivered'],
  ['read', 'read'],
  // A voice message that was listened to was read.
  ['played', 'read'],
  ['failed', 'failed'],
]);

/** Calls report under the same name; they are no messages. */
function parseStatus(raw: Raw, place: Place): PlatformEvent {
  const status = Status.parse(raw);
  const { entry, field, value } = place;
  const toUserId = status.recipient_user_id ?? (status.recipient_type === 'group' ? null : userIdOf(status.recipient_id, value));
  const participant = status.recipient_participant_id ?? status.recipient_participant_user_id;
  const errors = status.errors.flatMap((fault) => (fault.code === null ? [] : [fault.code]));
  const way = {
    account: entry.account,
    timestamp: timeOf(status.timestamp, entry.time),
    from: value.metadata?.phone_number_id ?? null,
    to: status.recipient_id ?? status.recipient_user_id,
    ...(toUserId ? { toUserId } : {}),
    ...(field === 'standby' ? { standby: true as const } : {}),
  };
  if (field === 'calls' || status.type === 'call') return { kind: 'call', ...way, id: status.id, status: status.status };
  if (status.id === null && status.status === null) return unknownEvent(entry, { ...way, field, reason: 'a status of nothing' });
  return {
    kind: 'status',
    ...way,
    id: status.id,
    status: statusNames.get(status.status) ?? 'unknown',
    rawStatus: status.status,
    ...(status.recipient_type === 'group' && status.recipient_id ? { group: status.recipient_id } : {}),
    ...(participant ? { participant } : {}),
    ...(status.conversation?.id ? { conversationId: status.conversation.id } : {}),
    ...(status.pricing?.billable === null || status.pricing === null ? {} : { billable: status.pricing.billable }),
    ...(status.biz_opaque_callback_data ? { callbackData: status.biz_opaque_callback_data } : {}),
    ...(errors.length > 0 ? { errors } : {}),
  };
}

function userIdOf(recipient: string | null, { contacts }: Place['value']): string | null {
  const known = contacts.find((one) => one.wa_id !== null && one.wa_id === recipient);
  return (known ?? (contacts.length === 1 && recipient !== null ? contacts[0] : undefined))?.user_id ?? null;
}

function parseCall(raw: Raw, { entry, value }: Place): PlatformEvent {
  const call = Call.parse(raw);
  return {
    kind: 'call',
    account: entry.account,
    timestamp: timeOf(call.timestamp, entry.time),
    from: call.from ?? call.from_user_id,
    to: call.to ?? value.metadata?.phone_number_id ?? null,
    ...(call.from_user_id ? { fromUserId: call.from_user_id } : {}),
    id: call.id ?? call.wacid,
    status: call.status ?? call.event,
  };
}

function parsePreference(raw: Raw, { entry, value }: Place): PlatformEvent {
  const said = Preference.parse(raw);
  const person = value.contacts[0];
  return {
    kind: 'preference',
    account: entry.account,
    timestamp: timeOf(said.timestamp, entry.time),
    from: said.wa_id ?? said.user_id ?? person?.wa_id ?? person?.user_id ?? null,
    to: value.metadata?.phone_number_id ?? null,
    ...(said.user_id ? { fromUserId: said.user_id } : {}),
    category: said.category,
    value: said.value,
  };
}

/** How an older field says that a person has a new id. */
function parseUserIdUpdate(raw: Raw, { entry, value }: Place): PlatformEvent {
  const update = UserIdUpdate.parse(raw);
  return {
    kind: 'system',
    account: entry.account,
    timestamp: timeOf(update.timestamp, entry.time),
    from: update.wa_id ?? update.user_id?.previous ?? null,
    to: value.metadata?.phone_number_id ?? null,
    id: null,
    type: 'user_changed_user_id',
    text: update.detail,
    oldId: update.user_id?.previous ?? null,
    newId: update.user_id?.current ?? null,
  };
}
