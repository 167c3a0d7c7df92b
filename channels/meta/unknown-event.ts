import type { EventOf, Platform, PlatformEvent } from '#core/platform-event.ts';
import { isObject, timeOf } from './loose.ts';

/** Where in a body an event stands. `time` is the entry's, as it came. */
export type Entry = { platform: Platform; account: string | null; time: unknown };
type Unknown = EventOf<'unknown'>;
type Raw = Record<string, unknown>;

/** What is acknowledged and kept, and becomes no message. */
export function unknownEvent(entry: Entry, about: { reason: string } & Partial<Unknown>): Unknown {
  return {
    kind: 'unknown',
    account: entry.account,
    timestamp: timeOf(undefined, entry.time),
    from: null,
    to: null,
    id: null,
    field: null,
    type: null,
    ...about,
  };
}

/** Reads each part by itself: one that is no object, or that we cannot read, is unknown and costs none of its siblings. */
export function eachPart(entry: Entry, parts: readonly unknown[], parse: (part: Raw) => PlatformEvent | PlatformEvent[]): PlatformEvent[] {
  return parts.flatMap((part) => {
    if (!isObject(part)) return [unknownEvent(entry, { reason: `expected an object, found ${nameOf(part)}` })];
    try {
      return parse(part);
    } catch (error) {
      return [unknownEvent(entry, { reason: `could not be read: ${error instanceof Error ? error.name : 'failed'}` })];
    }
  });
}

function nameOf(part: unknown): string {
  if (part === null) return 'null';
  return Array.isArray(part) ? 'a list' : `a ${typeof part}`;
}
