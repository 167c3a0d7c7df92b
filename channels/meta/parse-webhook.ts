import type { Platform, PlatformEvent } from '#core/platform-event.ts';
import { Id, isObject, Many } from './loose.ts';
import { parsePageChange, parseTalk } from './parse-page.ts';
import { parseWhatsappChange } from './parse-whatsapp.ts';
import { type Entry, eachPart, unknownEvent } from './unknown-event.ts';

export type ParsedWebhook = { platform: Platform; events: PlatformEvent[] };

const platformOfObject: ReadonlyMap<unknown, Platform> = new Map([
  ['whatsapp_business_account', 'whatsapp'],
  ['page', 'messenger'],
  ['instagram', 'instagram'],
]);

/**
 * A webhook's body → its events, in the order of the body, each once. Never throws: each part is read on its own, and what cannot be read is
 * an `unknown` event with its reason beside its siblings. `at` is the address that it came to, for bodies that do not say what they are about.
 */
export function parseWebhook(body: unknown, at: Platform): ParsedWebhook {
  const platform = (isObject(body) ? platformOfObject.get(body.object) : undefined) ?? at;
  const around: Entry = { platform, account: null, time: undefined };
  if (!isObject(body)) return { platform, events: [unknownEvent(around, { reason: 'the body is not an object' })] };
  return { platform, events: eachOnce(eachPart(around, Many.parse(body.entry), (entry) => parseEntry(entry, platform))) };
}

function parseEntry(raw: Record<string, unknown>, platform: Platform): PlatformEvent[] {
  const entry: Entry = { platform, account: Id.parse(raw.id), time: raw.time };
  const parseChange = platform === 'whatsapp' ? parseWhatsappChange : parsePageChange;
  return [
    ...eachPart(entry, Many.parse(raw.messaging), (talk) => parseTalk(talk, entry)),
    ...eachPart(entry, Many.parse(raw.standby), (talk) => parseTalk(talk, entry, { standby: true })),
    ...eachPart(entry, Many.parse(raw.changes), (change) => parseChange(change, entry)),
  ];
}

/** The text of a body as it came. Ids that are numbers beyond 2^53 keep every digit. Throws a SyntaxError where it is not JSON. */
export function readBody(text: string): unknown {
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_key, value, context?: { source?: string }) => {
    const isRounded = typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);
    return isRounded ? (context?.source ?? value) : value;
  });
}

/** Bodies repeat themselves. Messages and statuses are known by their ids, the rest by all that they say; what is unknown is counted. */
function eachOnce(events: readonly PlatformEvent[]): PlatformEvent[] {
  const seen = new Set<string>();
  return events.filter((event) => {
    const key = keyOf(event);
    if (key === null) return true;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function keyOf(event: PlatformEvent): string | null {
  switch (event.kind) {
    case 'unknown':
      return null;
    case 'message_in':
      return event.id && JSON.stringify([event.kind, event.to, event.id]);
    case 'echo':
      return event.id && JSON.stringify([event.kind, event.from, event.id]);
    case 'status':
      return event.id && JSON.stringify([event.kind, event.from, event.id, event.rawStatus, event.participant]);
    default:
      return JSON.stringify(event);
  }
}
