import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';

/** OWASP's second choice of argon2id settings (19 MiB, 2 passes, 1 lane): 64 ms on the machine it was measured on. */
const cost = { memory: 19 * 1024, passes: 2, parallelism: 1 };
const saltBytes = 16;
const hashBytes = 32;

/** Somebody who does not exist is checked against this, so that the time of an answer does not tell who does. Nothing hashes to it. */
export const decoyHash = `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${unpadded(Buffer.alloc(saltBytes, 7))}$${unpadded(Buffer.alloc(hashBytes))}`;

/** The PHC text of a password: algorithm, cost, salt and hash in one, so that the cost can be raised later. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes);
  const hash = await derive(password, salt, cost);
  return `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${unpadded(salt)}$${unpadded(hash)}`;
}

export async function isPassword(password: string, stored: string): Promise<boolean> {
  const parts = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(stored);
  if (!parts) return false;
  const [, memory, passes, parallelism, salt = '', hash = ''] = parts;
  const expected = Buffer.from(hash, 'base64');
  const actual = await derive(password, Buffer.from(salt, 'base64'), {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
  });
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

function derive(password: string, salt: Buffer, settings: typeof cost): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  // The same letters typed on two keyboards can be composed differently: NFKC makes them one.
  const message = password.normalize('NFKC');
  argon2('argon2id', { message, nonce: salt, tagLength: hashBytes, ...settings }, (error, hash) => (error ? reject(error) : resolve(hash)));
  return promise;
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
