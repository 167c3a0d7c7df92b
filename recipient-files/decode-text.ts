import type { TextEncoding } from '#core/api/lists.ts';
import { Failure } from '#core/failure.ts';

export type DecodedText = { text: string; encoding: TextEncoding };

/** Text of a file, and the encoding that its bytes tell or, where several would do, make likely. Throws `invalid_input` for binary. */
export function decodeText(content: Buffer): DecodedText {
  const encoding = encodingOf(content);
  const text = new TextDecoder(encoding, { ignoreBOM: false }).decode(content);
  if (text.includes('\0'))
    throw new Failure('invalid_input', 'The file holds zero bytes, so it is not a text file.', { fields: { file: 'holds zero bytes' } });
  return { text, encoding };
}

function encodingOf(content: Buffer): TextEncoding {
  if (content[0] === 0xff && content[1] === 0xfe) return 'UTF-16LE';
  if (content[0] === 0xfe && content[1] === 0xff) return 'UTF-16BE';
  return wideOf(content.subarray(0, 1024)) ?? (isUtf8(content) ? 'UTF-8' : codePageOf(content));
}

/**
 * UTF-16 without its mark, as some exports write it: digits, signs and line ends have a zero as every second byte, in any language. The share
 * keeps a text with a stray zero byte from being taken for it.
 */
function wideOf(head: Buffer): TextEncoding | null {
  const zeros = (from: 0 | 1) => head.filter((byte, at) => byte === 0 && at % 2 === from).length;
  const [even, odd] = [zeros(0), zeros(1)];
  if (Math.max(even, odd) <= head.length / 16 || Math.min(even, odd) > 0) return null;
  return odd > 0 ? 'UTF-16LE' : 'UTF-16BE';
}

function isUtf8(content: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(content);
    return true;
  } catch {
    return false;
  }
}

/**
 * What programs on Windows write in the east (1251) or in the west (1252): every byte is a letter in both. Read as Cyrillic, a Russian name is
 * all Cyrillic letters, while Jörg becomes Jцrg: words of two alphabets speak against it. One letter alone (à, é, и) says nothing.
 */
function codePageOf(content: Buffer): TextEncoding {
  const first = content.findIndex((byte) => byte >= 0x80);
  const sample = new TextDecoder('windows-1251').decode(content.subarray(Math.max(0, first - 100), first + 1_000_000));
  const words = sample.match(/\p{L}{2,}/gu) ?? [];
  const cyrillic = words.filter((word) => /^\p{Script=Cyrillic}+$/u.test(word)).length;
  const mixed = words.filter((word) => /\p{Script=Cyrillic}/u.test(word) && /[a-z]/i.test(word)).length;
  return cyrillic > mixed ? 'Windows-1251' : 'Windows-1252';
}
