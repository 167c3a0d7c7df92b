import { createHmac, timingSafeEqual } from 'node:crypto';

/** A secret that may sign webhooks; `name` is told, the secret never. */
export type AppSecret = { name: string; secret: string };
export type Signature = { is: 'signed'; by: string } | { is: 'refused'; why: 'unsigned' | 'forged' };

/** Meta signs the bytes as it sends them: whatever was parsed and written again has another signature. Compared in constant time. */
export function checkSignature(body: Buffer, header: string | undefined, secrets: readonly AppSecret[]): Signature {
  if (!header) return { is: 'refused', why: 'unsigned' };
  const hex = /^sha256=([0-9a-f]{64})$/.exec(header)?.[1];
  if (!hex) return { is: 'refused', why: 'forged' };
  const given = Buffer.from(hex, 'hex');
  const signer = secrets.find(({ secret }) => timingSafeEqual(createHmac('sha256', secret).update(body).digest(), given));
  return signer ? { is: 'signed', by: signer.name } : { is: 'refused', why: 'forged' };
}

/** The challenge to answer with, when somebody who knows the token asks. Lengths are not told either: both sides are hashed first. */
export function checkVerification(
  query: Record<string, unknown>,
  token: string | null,
): { is: 'answer'; challenge: string } | { is: 'refused' | 'no_challenge' } {
  const given = query['hub.verify_token'];
  if (query['hub.mode'] !== 'subscribe' || typeof given !== 'string' || !token || !isSame(given, token)) return { is: 'refused' };
  const challenge = query['hub.challenge'];
  return typeof challenge === 'string' && challenge !== '' ? { is: 'answer', challenge } : { is: 'no_challenge' };
}

function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHmac('sha256', 'compare').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
