import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Standard Webhooks: secrets are 24 to 64 bytes in base64, behind a word that tells what they are. */
const prefix = 'whsec_';
const secretBytes = 32;

export const newHookSecret = (): string => `${prefix}${randomBytes(secretBytes).toString('base64')}`;

type Signed = { id: string; at: Date; body: string };

/** The headers of Standard Webhooks 1.0: an id that stays, the time of this try, and the HMAC-SHA256 over both and the body. */
export function signHook(secret: string, { id, at, body }: Signed): Record<string, string> {
  const seconds = Math.floor(at.getTime() / 1000);
  const key = Buffer.from(secret.slice(prefix.length), 'base64');
  const mac = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': `v1,${mac}` };
}

/** A signature is good for so long, either way: what was overheard cannot be said again later. */
const toleranceMs = 300_000;

type Received = { header: (name: string) => string; body: string; now: Date };

/** Whether somebody who knows the secret has just signed this, by the headers of Standard Webhooks. */
export function isSignedHook(secret: string, { header, body, now }: Received): boolean {
  const [id, seconds] = [header('webhook-id'), header('webhook-timestamp')];
  if (id === '' || !/^\d{1,12}$/.test(seconds)) return false;
  const at = new Date(Number(seconds) * 1000);
  if (Math.abs(now.getTime() - at.getTime()) > toleranceMs) return false;
  const wanted = Buffer.from(signHook(secret, { id, at, body })['webhook-signature'] ?? '');
  return header('webhook-signature')
    .split(' ')
    .some((given) => given.length === wanted.length && timingSafeEqual(Buffer.from(given), wanted));
}
