import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quotedPrintable } from './quoted-printable.ts';

test('any text reads as it was, in lines of 76 printable characters at most, none of which ends in white space', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(' ', '\t', '=', '\r\n', '.', 'word ', 'ж', '你好', '🎉'),
    fc.string({ minLength: 70, maxLength: 80 }),
  );
  const text = fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join('').replaceAll(/[\r\n]+/g, '\r\n'));
  fc.assert(
    fc.property(text, (given) => {
      const content = quotedPrintable(given);
      expect(content.split('\r\n').filter((line) => !/^[\t\x20-\x7e]{0,76}$/.test(line) || /[ \t]$/.test(line))).toEqual([]);
      expect(Buffer.from(decode(content), 'latin1').toString()).toBe(given);
    }),
    { numRuns: 30 },
  );
});

/** RFC 2045 6.7, by the book. */
const decode = (content: string): string =>
  content.replaceAll('=\r\n', '').replaceAll(/=([0-9A-F]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
