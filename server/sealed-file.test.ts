import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { openFile, sealFile } from './sealed-file.ts';

const passphrase = 'correct horse battery';
async function* partsOf(...texts: string[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield Buffer.from(text);
}
async function read(file: Buffer, with_ = passphrase): Promise<string[]> {
  const parts: string[] = [];
  for await (const part of openFile(file, with_)) parts.push(part.toString('utf8'));
  return parts;
}

test('what was sealed comes out with its passphrase only, part by part', async () => {
  const file = await buffer(sealFile(partsOf('head', 'a session cookie', ''), passphrase));
  expect(file.includes('cookie')).toBe(false);
  expect(await read(file)).toEqual(['head', 'a session cookie', '']);
  await expect(read(file, 'another passphrase')).rejects.toMatchObject({ code: 'wrong_code' });
  await expect(read(Buffer.from('some other file'))).rejects.toMatchObject({ code: 'unsupported_format' });
});

test('a part that was changed, left out or cut off is noticed', async () => {
  const pieces: Buffer[] = [];
  for await (const piece of sealFile(partsOf('one', 'two', 'three'), passphrase)) pieces.push(piece);
  const [start, one, two, three, end] = pieces as [Buffer, Buffer, Buffer, Buffer, Buffer]; // Three parts, a beginning and an end.
  const changed = Buffer.from(two);
  changed.writeUInt8(changed.readUInt8(changed.length - 1) ^ 1, changed.length - 1);
  for (const broken of [
    [start, one, changed, three, end],
    [start, one, three, end],
    [start, one, two, three],
    [start, one, two, end],
  ])
    await expect(read(Buffer.concat(broken))).rejects.toMatchObject({ code: 'broken' });
});
