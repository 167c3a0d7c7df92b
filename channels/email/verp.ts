import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Variable envelope return paths: each mail goes out under an envelope sender of its own, so that a bounce tells by its recipient alone which
 * delivery came back, whatever its text says. The delivery is signed: nobody can make up a bounce for somebody else's.
 */

/** For which purpose its key is derived from that of the installation. */
export const returnPathPurpose = 'return paths of mail';

/** 5 bytes leave one guess in 10¹² (RFC 5321 4.5.3.1.1 allows a local part of 64 characters, and some of it is the owner's). */
const signatureBytes = 5;
const idBytes = 16;
const tokenLength = Math.ceil(((idBytes + signatureBytes) * 8) / 5);
const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** `bounces@example.org` for one delivery: `bounces+TOKEN@example.org`. An id that is not a delivery's, such as a test mail's, changes nothing. */
export function returnPathOf(bounceAddress: string, deliveryId: string, key: Buffer): string {
  const at = bounceAddress.lastIndexOf('@');
  if (!uuid.test(deliveryId)) return bounceAddress;
  const id = Buffer.from(deliveryId.replaceAll('-', ''), 'hex');
  return `${bounceAddress.slice(0, at)}+${base32(Buffer.concat([id, signatureOf(id, key)]))}${bounceAddress.slice(at)}`;
}

/** The delivery that a return path names; null when it names none, or was not made with this key. Servers may have changed its case. */
export function deliveryOfReturnPath(address: string, key: Buffer): string | null {
  const [, token = ''] = /\+([a-z2-7]+)@[^@]*$/i.exec(address.trim().replace(/^<|>$/g, '')) ?? [];
  if (token.length !== tokenLength) return null;
  const bytes = fromBase32(token.toLowerCase());
  const id = bytes.subarray(0, idBytes);
  if (!timingSafeEqual(bytes.subarray(idBytes), signatureOf(id, key))) return null;
  return id.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

const signatureOf = (id: Buffer, key: Buffer) => createHmac('sha256', key).update(id).digest().subarray(0, signatureBytes);

/** RFC 4648 section 6 in small letters and without padding: local parts may lose their case on the way. */
const letters = 'abcdefghijklmnopqrstuvwxyz234567';

function base32(bytes: Buffer): string {
  let bits = 0n;
  for (const byte of bytes) bits = (bits << 8n) | BigInt(byte);
  bits <<= BigInt(tokenLength * 5 - bytes.length * 8);
  return Array.from({ length: tokenLength }, (_, at) => letters[Number((bits >> BigInt((tokenLength - 1 - at) * 5)) & 31n)]).join('');
}

function fromBase32(text: string): Buffer {
  let bits = 0n;
  for (const letter of text) bits = (bits << 5n) | BigInt(letters.indexOf(letter));
  bits >>= BigInt(tokenLength * 5 - (idBytes + signatureBytes) * 8);
  return Buffer.from(bits.toString(16).padStart((idBytes + signatureBytes) * 2, '0'), 'hex');
}
