import { Failure } from '#core/failure.ts';
import { createPieceReader } from './sheet-pieces.ts';

/** More failed formulas than this is a broken sheet, not a list with some bad rows. */
const most = 200_000;

/** Finds the cells whose formula failed (`t="e"`) in a sheet that arrives in pieces: address → what the spreadsheet shows. */
export function createFailedCellFinder(): { read(piece: Buffer): void; found: Map<string, string> } {
  const found = new Map<string, string>();
  const read = createPieceReader({
    // An unfinished cell waits for its end.
    restFrom(text) {
      const end = text.lastIndexOf('</') + 2;
      const cell = text.lastIndexOf('<c ', end);
      return cell > 0 ? cell : end;
    },
    take(text) {
      if (!text.includes('t="e"')) return;
      for (const [, tag = '', inside = ''] of text.matchAll(/<(?:\w+:)?c(\s[^>]*\bt="e"[^>]*)>(.*?)<\/(?:\w+:)?c>/gs)) {
        const address = /\br="([A-Z]+\d+)"/.exec(tag)?.[1];
        if (address) found.set(address, /<(?:\w+:)?v>([^<]*)</.exec(inside)?.[1] ?? '#N/A');
      }
      if (found.size > most)
        throw new Failure('invalid_input', 'The formulas of this sheet failed almost everywhere. Open it, repair them, and save it again.');
    },
  });
  return { read, found };
}
