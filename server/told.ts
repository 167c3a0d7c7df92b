import { type Event, type EventCursor, toldTo } from '#core/events.ts';
import { may, type Role } from '#core/permission.ts';
import type { ServerMessage } from '#core/socket.ts';
import type { Told } from '#sql/events.ts';

/** What a client narrows its socket to: rows it names. */
export type Subscription = { profileId?: string | undefined; campaignId?: string | undefined; conversationId?: string | undefined };

/** Whether a role may know of an event, and one of the subscriptions is about it. Without any, everything the role may see is told. */
export function mayHear(event: Event, role: Role, subscriptions: readonly Subscription[]): boolean {
  if (!may(role, toldTo[event.kind])) return false;
  return subscriptions.length === 0 || subscriptions.some((subscription) => isAbout(event, subscription));
}

function isAbout(event: Event, { profileId, campaignId, conversationId }: Subscription): boolean {
  const accountId = accountOf(event);
  return (
    (profileId !== undefined && accountId === profileId) ||
    (campaignId !== undefined && 'campaignId' in event && event.campaignId === campaignId) ||
    (conversationId !== undefined && 'conversationId' in event && event.conversationId === conversationId)
  );
}

/** Whether `a` stands after `b` in the log. */
export function isAfter(a: EventCursor, b: EventCursor): boolean {
  const [xidA = '', idA = ''] = a.split('.');
  const [xidB = '', idB = ''] = b.split('.');
  return xidA === xidB ? isGreater(idA, idB) : isGreater(xidA, xidB);
}

/** Of whole numbers as Postgres writes them. This is asked for each piece of news and each page: a bigint would be made for each. */
const isGreater = (a: string, b: string) => (a.length === b.length ? a > b : a.length > b.length);

function accountOf(event: Event): string | null {
  if ('profileId' in event) return event.profileId;
  return 'accountId' in event ? event.accountId : null;
}

const texts = new WeakMap<Told, Buffer>();

/** As it goes over the socket: written once for all who hear of it. */
export function textOf(told: Told): Buffer {
  const known = texts.get(told);
  if (known) return known;
  const message: ServerMessage = { type: 'event', cursor: told.cursor, at: told.at.toISOString(), event: told.event };
  const text = Buffer.from(JSON.stringify(message));
  texts.set(told, text);
  return text;
}
