import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { Failure } from '#core/failure.ts';

/** AES-256-GCM: 12-byte nonces and 16-byte tags as NIST SP 800-38D recommends. */
const nonceBytes = 12;
const tagBytes = 16;
const version = 1;

export type Sealer = {
  seal(secret: string | Buffer): Buffer;
  /** Throws `key_missing` when the bytes were sealed under another key, `broken` when they were changed. */
  open(sealed: Buffer): Buffer;
  openText(sealed: Buffer): string;
  /** A key for another purpose, derived from the same secret. */
  derive(purpose: string): Buffer;
};

/** Layout: version, 4 bytes of key id, nonce, tag, ciphertext. The key id lets old rows name the key they need. */
export function createSealer(secret: string, olderSecrets: readonly string[] = []): Sealer {
  if (secret.length < 32)
    throw new Failure('key_missing', 'PATCHBAY_KEY is too short: give 32 characters or more, for example from openssl rand -base64 32.');
  const keys = [secret, ...olderSecrets].map((one) => ({
    key: derive(one, 'seal'),
    id: createHash('sha256').update(derive(one, 'key id')).digest().subarray(0, 4),
  }));
  const [current] = keys;
  if (!current) throw new Failure('key_missing');

  function open(sealed: Buffer): Buffer {
    const id = sealed.subarray(1, 5);
    const known = keys.find((one) => one.id.equals(id));
    if (sealed[0] !== version || !known)
      throw new Failure('key_missing', 'Something stored was sealed under another key. Start with the PATCHBAY_KEY it was sealed with.');
    const nonce = sealed.subarray(5, 5 + nonceBytes);
    try {
      const decipher = createDecipheriv('aes-256-gcm', known.key, nonce, { authTagLength: tagBytes });
      decipher.setAuthTag(sealed.subarray(5 + nonceBytes, 5 + nonceBytes + tagBytes));
      return Buffer.concat([decipher.update(sealed.subarray(5 + nonceBytes + tagBytes)), decipher.final()]);
    } catch (error) {
      throw new Failure('broken', 'Something stored was changed after it was sealed, so it is not used.', { cause: error });
    }
  }

  return {
    seal(plain) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', current.key, nonce, { authTagLength: tagBytes });
      const body = Buffer.concat([cipher.update(plain), cipher.final()]);
      return Buffer.concat([Buffer.of(version), current.id, nonce, cipher.getAuthTag(), body]);
    },
    open,
    openText: (sealed) => open(sealed).toString('utf8'),
    derive: (purpose) => derive(secret, purpose),
  };
}

function derive(secret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, 'patchbay', purpose, 32));
}
