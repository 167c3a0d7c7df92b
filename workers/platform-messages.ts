import { createHash } from 'node:crypto';
import type { Incoming } from '#core/channel.ts';
import type { ContentType, EventOf, PlatformEvent } from '#core/platform-event.ts';
import type { Mark } from '#sql/marks.ts';
import type { PersonAlias } from '#sql/same-person.ts';

type Said = EventOf<'message_in'> | EventOf<'echo'> | EventOf<'postback'>;
/** `receivedAt` stands in for a time that the platform does not tell; it belongs to the body, so a replay says the same. */
type Given = { platform: 'whatsapp' | 'messenger' | 'instagram'; receivedAt: Date };

export const isSaid = (event: PlatformEvent): event is Said => event.kind === 'message_in' || event.kind === 'echo' || event.kind === 'postback';

/** What was said, as a message of the conversation with the person at the other end. Null when nobody is named. */
export function toIncoming(event: Said, given: Given): Incoming | null {
  const isOut = event.kind === 'echo';
  const peer = isOut ? event.to : event.from;
  if (peer === null) return null;
  const name = event.kind === 'message_in' ? event.contactName : null;
  return {
    conversation: peer,
    peer: { ...aliasOf(peer, given), ...(name ? { name } : {}) },
    platformId: event.id ?? idOf(event),
    direction: isOut ? 'out' : 'in',
    kind: event.kind === 'postback' ? 'text' : kindOf(event.type),
    text: textOf(event),
    at: timeOf(event, given),
    status: isOut ? 'sent' : null,
  };
}

/** Every id by which a platform knows the person of an event. */
export function aliasesOf(event: PlatformEvent, given: Given): PersonAlias[] {
  if (event.kind === 'system') return unique([event.oldId ?? event.from, event.newId].map((id) => id && aliasOf(id, given)));
  if (event.kind === 'message_in') return unique([event.from && aliasOf(event.from, given), event.fromUserId && aliasOf(event.fromUserId, given)]);
  if (event.kind === 'echo') return unique([event.to && aliasOf(event.to, given), event.toUserId && aliasOf(event.toUserId, given)]);
  return [];
}

function unique(aliases: readonly (PersonAlias | '' | null | undefined)[]): PersonAlias[] {
  const known = aliases.filter((alias): alias is PersonAlias => typeof alias === 'object' && alias !== null);
  return [...new Map(known.map((alias) => [`${alias.kind} ${alias.value}`, alias])).values()];
}

/** WhatsApp names people by their number, without the plus, unless they hide it. */
function aliasOf(id: string, { platform }: Given): PersonAlias {
  const isNumber = platform === 'whatsapp' && /^\+?\d{5,17}$/.test(id);
  return isNumber ? { kind: 'phone', value: `+${id.replace('+', '')}` } : { kind: 'scoped_id', value: id.slice(0, 320) };
}

/** What was said about messages that came before or come later. */
export function marksOf(event: PlatformEvent, given: Given): Mark[] {
  const at = timeOf(event, given);
  switch (event.kind) {
    case 'status':
      return ofStatus(event, at);
    case 'echo':
      return event.id && event.callbackData
        ? [{ platformId: event.id, kind: 'callback', sender: event.to ?? '', value: event.callbackData, at }]
        : [];
    case 'reaction':
      return event.target === null ? [] : [{ platformId: event.target, kind: 'reaction', sender: event.from ?? '', value: event.emoji ?? '', at }];
    case 'edit':
      return event.id === null || event.text === null ? [] : [{ platformId: event.id, kind: 'edit', value: event.text, at }];
    case 'unsend':
      return event.id === null ? [] : [{ platformId: event.id, kind: 'unsend', value: '', at }];
    case 'delivery':
    case 'read':
      return ofReceipt(event, at);
    case 'preference':
      return event.from === null ? [] : [{ platformId: 'preference', kind: 'preference', sender: event.from, value: event.value ?? '', at }];
    default:
      return [];
  }
}

function ofStatus(event: EventOf<'status'>, at: Date): Mark[] {
  if (event.id === null || event.status === 'unknown') return [];
  const marks: Mark[] = [{ platformId: event.id, kind: 'status', value: event.status, at }];
  const code = event.status === 'failed' ? event.errors?.[0] : undefined;
  if (code !== undefined) marks.push({ platformId: event.id, kind: 'failure', value: String(code), at });
  if (event.callbackData) marks.push({ platformId: event.id, kind: 'callback', sender: event.to ?? '', value: event.callbackData, at });
  return marks;
}

function ofReceipt(event: EventOf<'delivery'> | EventOf<'read'>, at: Date): Mark[] {
  const value = event.kind === 'read' ? 'read' : 'delivered';
  const each = event.ids.map((platformId): Mark => ({ platformId, kind: 'status', value, at }));
  if (event.watermark === null || event.from === null) return each;
  return [...each, { platformId: value, kind: 'up_to', sender: event.from, value, at: new Date(event.watermark) }];
}

const timeOf = ({ timestamp }: PlatformEvent, { receivedAt }: Given): Date => (timestamp === null ? receivedAt : new Date(timestamp));

/** A message without an id is known by all that it says, so that it is one message however often it comes. */
function idOf(event: Said): string {
  return `unnamed.${createHash('sha256').update(JSON.stringify(event)).digest('hex').slice(0, 32)}`;
}

const kinds: Partial<Record<ContentType, Incoming['kind']>> = {
  text: 'text',
  button: 'text',
  interactive: 'text',
  image: 'image',
  sticker: 'image',
  video: 'video',
  audio: 'audio',
  document: 'document',
};
const kindOf = (type: ContentType): Incoming['kind'] => kinds[type] ?? 'other';

/** What stands in the conversation: the text, or what a person would say of the rest. */
function textOf(event: Said): string {
  if (event.text !== null) return event.text;
  if (event.kind === 'postback') return event.payload ?? '';
  const { location, sharedContacts, attachments, media } = event;
  if (location) return [location.name, location.address, `${location.latitude}, ${location.longitude}`].filter(Boolean).join('\n');
  if (sharedContacts) return sharedContacts.join(', ');
  const shared = attachments?.find((one) => one.title ?? one.url);
  return media?.filename ?? shared?.title ?? (event.type === 'share' || event.type === 'story_mention' ? shared?.url : null) ?? '';
}
