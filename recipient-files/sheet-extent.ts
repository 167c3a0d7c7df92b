import { Failure } from '#core/failure.ts';
import { fileLimits } from './sheet.ts';
import { createPieceReader } from './sheet-pieces.ts';

/** How far a sheet reaches: its last row, and its last column with anything in it. */
export type SheetExtent = { rows: number; columns: number };

const tags = /<(?:\w+:)?(row|c)\s([^<>]*)>/g;
const address = /(?:^|\s)r\s*=\s*["']([A-Z]*)(\d+)["']/;

/** Finds out how far a sheet reaches that arrives in pieces, by the addresses that it names. */
export function createExtentFinder(): { read(piece: Buffer): void; found: SheetExtent } {
  const found = { rows: 0, columns: 0 };
  const read = createPieceReader({
    // A tag that is cut waits for its end.
    restFrom: (text) => text.lastIndexOf('<'),
    take(text) {
      for (const [, tag, attributes = ''] of text.matchAll(tags)) {
        // A cell that closes itself is empty: it only carries a format, and the reader passes over it. An empty row is a row.
        if (tag === 'c' && attributes.endsWith('/')) continue;
        const [, letters = '', digits = ''] = address.exec(attributes) ?? [];
        found.rows = Math.max(found.rows, Number(digits));
        found.columns = Math.max(found.columns, columnOf(letters));
      }
    },
  });
  return { read, found };
}

/** 1 for A, 27 for AA, 0 for nothing. */
export function columnOf(letters: string): number {
  return [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0);
}

/**
 * A reader fills the gaps: one cell far down makes every row before it, as wide as the widest. Measured: a rectangle of this size takes 3 s,
 * and what reaches from A1 to XFD1048576 all the memory there is.
 */
const mostPlaces = fileLimits.rows * fileLimits.columns;
/** What spreadsheet programs have at most. */
const lastRow = 1_048_576;

/** Throws `too_large` when a sheet cannot be read because of how far it reaches. */
export function refuseFarReaching({ rows, columns }: SheetExtent): void {
  if (columns > fileLimits.columns)
    throw new Failure('too_large', `The sheet has more than ${fileLimits.columns} columns. Delete what stands far to the right.`);
  if (rows > lastRow || rows * columns > mostPlaces)
    throw new Failure(
      'too_large',
      `Something stands in row ${rows} of the sheet, far below a list that can be read. Delete what is below the list, or copy the list into a new workbook.`,
    );
}
