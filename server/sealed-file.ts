import { createCipheriv, createDecipheriv, randomBytes, type ScryptOptions, scrypt } from 'node:crypto';
import { Failure } from '#core/failure.ts';

/** A file that only a passphrase opens: this word and a salt, then parts of four bytes of length, nonce, tag and ciphertext. */
const word = Buffer.from('PATCHBAY SEALED FILE 1\n');
const saltBytes = 16;
const nonceBytes = 12;
const tagBytes = 16;
const mostPartBytes = 4 * 1024 * 1024;
/** OWASP's parameters for scrypt: 128 MB and about half a second for each guess. */
const cost: ScryptOptions = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 1024 * 1024 };

/** Seals the parts one by one; each carries its place, so that none can be left out, moved or cut off. */
export async function* sealFile(parts: AsyncIterable<Buffer>, passphrase: string): AsyncGenerator<Buffer> {
  const salt = randomBytes(saltBytes);
  const key = await keyOf(passphrase, salt);
  yield Buffer.concat([word, salt]);
  let position = 0;
  for await (const part of parts) {
    yield sealPart(key, placeOf(position, { isLast: false }), part);
    position += 1;
  }
  yield sealPart(key, placeOf(position, { isLast: true }), Buffer.alloc(0));
}

/** The parts of a sealed file. Throws `unsupported_format` for any other file, `wrong_code` for another passphrase, `broken` when it was changed. */
export async function* openFile(file: Buffer, passphrase: string): AsyncGenerator<Buffer> {
  if (!file.subarray(0, word.length).equals(word)) throw new Failure('unsupported_format', 'This is not a file that Patchbay has exported.');
  let at = word.length + saltBytes;
  const key = await keyOf(passphrase, file.subarray(word.length, at));
  for (let position = 0; ; position += 1) {
    const bytes = at + 4 <= file.length ? file.readUInt32BE(at) : 0;
    const sealed = file.subarray(at + 4, at + 4 + bytes);
    if (bytes < nonceBytes + tagBytes || sealed.length !== bytes) throw new Failure('broken', 'The file was cut short.');
    at += 4 + bytes;
    const part = openPart(key, placeOf(position, { isLast: false }), sealed);
    if (part) {
      yield part;
      continue;
    }
    if (openPart(key, placeOf(position, { isLast: true }), sealed)) return;
    if (position === 0) throw new Failure('wrong_code', 'The passphrase is not the one that this file was exported with.');
    throw new Failure('broken', 'The file was changed after it was exported.');
  }
}

function keyOf(passphrase: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize('NFKC'), salt, 32, cost, (error, key) => (error ? reject(error) : resolve(key)));
  });
}

function placeOf(position: number, { isLast }: { isLast: boolean }): Buffer {
  const place = Buffer.alloc(5);
  place.writeUInt32BE(position);
  place.writeUInt8(isLast ? 1 : 0, 4);
  return place;
}

function sealPart(key: Buffer, place: Buffer, plain: Buffer): Buffer {
  if (plain.length > mostPartBytes) throw new Error('a part of a sealed file is too large');
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes }).setAAD(place);
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(nonceBytes + tagBytes + body.length);
  return Buffer.concat([length, nonce, cipher.getAuthTag(), body]);
}

function openPart(key: Buffer, place: Buffer, sealed: Buffer): Buffer | null {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceBytes), { authTagLength: tagBytes }).setAAD(place);
  decipher.setAuthTag(sealed.subarray(nonceBytes, nonceBytes + tagBytes));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(nonceBytes + tagBytes)), decipher.final()]);
  } catch {
    return null;
  }
}
