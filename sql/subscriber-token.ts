import { readSignedIds, signIds } from './signed-ids.ts';

/** Whom a link belongs to, and from which account they got it. */
export type Subscriber = { workspaceId: string; contactId: string; accountId: string };

/** For which purpose its key is derived from that of the installation. */
export const subscriberPurpose = 'links to unsubscribe';

export function subscriberToken({ workspaceId, contactId, accountId }: Subscriber, key: Buffer): string {
  return signIds([workspaceId, contactId, accountId], key);
}

/** Null when it was changed, cut, or made with another key. */
export function readSubscriberToken(token: string, key: Buffer): Subscriber | null {
  const [workspaceId, contactId, accountId] = readSignedIds(token, 3, key) ?? [];
  return workspaceId && contactId && accountId ? { workspaceId, contactId, accountId } : null;
}

/** Where a subscriber's choices are made; null while nobody knows under which address this installation is reached. */
export function createSubscriberLinks(publicUrl: string | null, key: Buffer): (subscriber: Subscriber) => string | null {
  return (subscriber) => (publicUrl ? `${publicUrl}/u/${subscriberToken(subscriber, key)}` : null);
}
