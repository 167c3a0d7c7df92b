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
  const [xidA = 0n, idA = 0n] = a.split('.').map(BigInt);
  const [xidB = 0n, idB = 0n] = b.split('.').map(BigInt);
  return xidA === xidB ? idA > idB : xidA > xidB;
}

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
