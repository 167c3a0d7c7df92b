import webpush from 'web-push';
import type { GuardedRequest } from './guarded-request.ts';

export type PushKeys = { publicKey: string; privateKey: string };
export type PushSubscription = { endpoint: string; keys: { p256dh: string; auth: string } };

export const makePushKeys = (): PushKeys => webpush.generateVAPIDKeys();

/** A day: who has not opened the browser by then finds the notice in the page. */
const keptSeconds = 86_400;

/**
 * Pushes one notice to one browser: encrypted to its keys (RFC 8291), signed as this installation (RFC 8292). The same topic again takes the place of
 * one that was not delivered yet. `gone`: the browser is not subscribed any more. The address comes from a browser, so it is judged like any other.
 */
export async function pushTo(
  ask: GuardedRequest,
  {
    subscription,
    keys,
    subject,
    payload,
    topic,
  }: { subscription: PushSubscription; keys: PushKeys; subject: string; payload: string; topic: string },
  signal: AbortSignal,
): Promise<'taken' | 'gone' | 'refused'> {
  const { headers, body, endpoint } = webpush.generateRequestDetails(subscription, payload, {
    vapidDetails: { subject, ...keys },
    TTL: keptSeconds,
    urgency: 'high',
    topic,
    contentEncoding: 'aes128gcm',
  });
  const named = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
  const reply = await ask({ url: endpoint, method: 'POST', headers: named, ...(body ? { body } : {}), timeoutMs: 10_000, mostBytes: 500 }, signal);
  if (reply.status >= 200 && reply.status < 300) return 'taken';
  return reply.status === 404 || reply.status === 410 ? 'gone' : 'refused';
}
