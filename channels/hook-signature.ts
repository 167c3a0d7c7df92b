import { createHmac, randomBytes } from 'node:crypto';

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
