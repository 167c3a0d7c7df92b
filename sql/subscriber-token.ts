import { createHmac, timingSafeEqual } from 'node:crypto';

/** Whom a link belongs to, and from which account they got it. */
export type Subscriber = { workspaceId: string; contactId: string; accountId: string };

/** For which purpose its key is derived from that of the installation. */
export const subscriberPurpose = 'links to unsubscribe';
const idBytes = 16;
const signatureBytes = 16;

/** The three ids and their signature: nobody can make one up, or turn their own into somebody else's, and nothing has to be kept for each mail. */
export function subscriberToken({ workspaceId, contactId, accountId }: Subscriber, key: Buffer): string {
  const ids = Buffer.from([workspaceId, contactId, accountId].join('').replaceAll('-', ''), 'hex');
  return Buffer.concat([ids, signatureOf(ids, key)]).toString('base64url');
}

/** Null when it was changed, cut, or made with another key. */
export function readSubscriberToken(token: string, key: Buffer): Subscriber | null {
  const bytes = Buffer.from(token, 'base64url');
  if (bytes.length !== 3 * idBytes + signatureBytes) return null;
  const ids = bytes.subarray(0, 3 * idBytes);
  if (!timingSafeEqual(bytes.subarray(3 * idBytes), signatureOf(ids, key))) return null;
  const idAt = (place: number) => ids.toString('hex', place * idBytes, (place + 1) * idBytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  return { workspaceId: idAt(0), contactId: idAt(1), accountId: idAt(2) };
}

const signatureOf = (ids: Buffer, key: Buffer) => createHmac('sha256', key).update(ids).digest().subarray(0, signatureBytes);

/** Where a subscriber's choices are made; null while nobody knows under which address this installation is reached. */
export function createSubscriberLinks(publicUrl: string | null, key: Buffer): (subscriber: Subscriber) => string | null {
  return (subscriber) => (publicUrl ? `${publicUrl}/u/${subscriberToken(subscriber, key)}` : null);
}
