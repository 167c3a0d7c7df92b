import type { PlatformEvent } from '#core/platform-event.ts';
import { isObject, Many, Text, timeOf, toInstant } from './loose.ts';
import { contentOf, referralOf } from './page-content.ts';
import { type Message, Talk } from './page-shapes.ts';
import { type Entry, unknownEvent } from './unknown-event.ts';

type Raw = Record<string, unknown>;
type Asked = { standby?: boolean };
type Way = ReturnType<typeof wayOf>;

/** A change of a page or an Instagram account: its messages come in this shape too. The rest (comments, leads) is no conversation. */
export function parsePageChange(change: Raw, entry: Entry): PlatformEvent[] {
  const field = Text.parse(change.field);
  const { value } = change;
  if (!isObject(value)) {
    return field === null && Many.parse(value).length === 0 ? [] : [unknownEvent(entry, { field, reason: 'a change without a value' })];
  }
  const isTalk = isObject(value.sender) || isObject(value.recipient);
  if (!isTalk) return [unknownEvent(entry, { field, reason: 'no conversation' })];
  return parseTalk(value, entry, { standby: field === 'standby', field });
}

/** One thing that happened in a conversation. */
export function parseTalk(raw: Raw, entry: Entry, { standby = false, field = null }: Asked & { field?: string | null } = {}): PlatformEvent[] {
  const talk = Talk.parse(raw);
  const way = wayOf(talk, entry, { standby });
  const event = ofMessage(talk, way) ?? ofReceipt(talk, way) ?? ofAct(talk, way) ?? ofOwner(talk, way);
  if (event) return [event];
  const what = Object.keys(raw).find((key) => !['sender', 'recipient', 'timestamp'].includes(key)) ?? null;
  if (what === null && field === null && Object.keys(raw).length === 0) return [];
  return [unknownEvent(entry, { ...way, field: field ?? what, type: what, reason: 'nothing that we read' })];
}

function wayOf({ sender, recipient, timestamp }: Talk, entry: Entry, { standby }: Asked) {
  return {
    account: entry.account,
    timestamp: timeOf(timestamp, entry.time),
    from: sender?.id ?? null,
    to: recipient?.id ?? entry.account,
    ...(standby ? { standby: true as const } : {}),
  };
}

function ofMessage({ message, message_edit: edit }: Talk, way: Way): PlatformEvent | null {
  if (edit) return { kind: 'edit', ...way, id: edit.mid, text: edit.text };
  if (!message) return null;
  const outgoing = message.is_echo ? { outgoing: true as const } : {};
  if (message.is_deleted) return { kind: 'unsend', ...way, ...outgoing, id: message.mid };
  if (isEmpty(message)) return null;
  const told = { ...way, ...contentOf(message), id: message.mid, ...around(message) };
  return message.is_echo
    ? { kind: 'echo', ...told, ...(message.metadata ? { callbackData: message.metadata } : {}) }
    : { kind: 'message_in', ...told };
}

/** Neither an id nor anything said. */
function isEmpty(message: Message): boolean {
  return message.mid === null && message.text === null && message.attachments.length === 0;
}

function around({ reply_to: answered, referral }: Message) {
  return {
    ...(answered?.mid ? { replyTo: answered.mid } : {}),
    ...(answered?.story ? { story: answered.story } : {}),
    ...(referral ? { referral: referralOf(referral) } : {}),
  };
}

function ofReceipt({ delivery, read, reaction }: Talk, way: Way): PlatformEvent | null {
  if (delivery) return { kind: 'delivery', ...way, ids: delivery.mids, watermark: toInstant(delivery.watermark) };
  if (read) return { kind: 'read', ...way, ids: read.mid === null ? [] : [read.mid], watermark: toInstant(read.watermark) };
  if (!reaction) return null;
  const isTaken = reaction.action === 'unreact';
  return { kind: 'reaction', ...way, id: null, target: reaction.mid, emoji: isTaken ? null : (reaction.emoji ?? reaction.reaction) };
}

function ofAct({ postback, referral, optin, policy_enforcement: policy }: Talk, way: Way): PlatformEvent | null {
  if (postback) {
    const { mid, title, payload } = postback;
    return { kind: 'postback', ...way, id: mid, text: title, payload, ...(postback.referral ? { referral: referralOf(postback.referral) } : {}) };
  }
  if (optin) return { kind: 'optin', ...way, type: optin.type, ref: optin.ref, userRef: optin.user_ref, payload: optin.payload };
  if (referral) return { kind: 'referral', ...way, referral: referralOf(referral) };
  if (!policy) return null;
  const { account, timestamp } = way;
  return { kind: 'account_event', account, timestamp, field: 'policy_enforcement', event: policy.action, limit: null, phone: null };
}

function ofOwner(talk: Talk, way: Way): PlatformEvent | null {
  for (const event of ['pass_thread_control', 'take_thread_control', 'request_thread_control'] as const) {
    const owner = talk[event];
    if (owner)
      return {
        kind: 'handover',
        ...way,
        event,
        newOwner: owner.new_owner_app_id ?? owner.requested_owner_app_id,
        previousOwner: owner.previous_owner_app_id,
      };
  }
  return talk.app_roles ? { kind: 'handover', ...way, event: 'app_roles', newOwner: null, previousOwner: null } : null;
}
