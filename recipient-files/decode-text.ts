import { Failure } from '#core/failure.ts';

/** Text of a file by its byte order mark; without one UTF-8, or what Windows programs of the west write. Throws `invalid_input` for binary. */
export function decodeText(content: Buffer): string {
  const text = new TextDecoder(encodingOf(content), { ignoreBOM: false }).decode(content);
  if (text.includes('\0'))
    throw new Failure('invalid_input', 'The file holds zero bytes, so it is not a text file.', { fields: { file: 'holds zero bytes' } });
  return text;
}

function encodingOf(content: Buffer): string {
  if (content[0] === 0xff && content[1] === 0xfe) return 'utf-16le';
  if (content[0] === 0xfe && content[1] === 0xff) return 'utf-16be';
  const head = content.subarray(0, 1024);
  // UTF-16 without its mark, as some exports write it: every second byte of western text is zero.
  if (zeros(head, 1) > head.length / 5 && zeros(head, 0) === 0) return 'utf-16le';
  return isUtf8(content) ? 'utf-8' : 'windows-1252';
}

const zeros = (bytes: Buffer, from: 0 | 1): number => bytes.filter((byte, at) => byte === 0 && at % 2 === from).length;

function isUtf8(content: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(content);
    return true;
  } catch {
    return false;
  }
}
