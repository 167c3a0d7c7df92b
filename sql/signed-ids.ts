import { createHmac, timingSafeEqual } from 'node:crypto';

const idBytes = 16;
const signatureBytes = 16;

/** Ids and their signature: nobody can make one up, or turn their own into somebody else's, and nothing has to be kept for each link. */
export function signIds(ids: readonly string[], key: Buffer): string {
  const bytes = Buffer.from(ids.join('').replaceAll('-', ''), 'hex');
  return Buffer.concat([bytes, signatureOf(bytes, key)]).toString('base64url');
}

/** Null when it was changed, cut, or made with another key. */
export function readSignedIds(token: string, count: number, key: Buffer): string[] | null {
  const bytes = Buffer.from(token, 'base64url');
  if (bytes.length !== count * idBytes + signatureBytes) return null;
  const ids = bytes.subarray(0, count * idBytes);
  if (!timingSafeEqual(bytes.subarray(count * idBytes), signatureOf(ids, key))) return null;
  const idAt = (place: number) => ids.toString('hex', place * idBytes, (place + 1) * idBytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  return Array.from({ length: count }, (_, place) => idAt(place));
}

const signatureOf = (ids: Buffer, key: Buffer) => createHmac('sha256', key).update(ids).digest().subarray(0, signatureBytes);
