import type { TextEncoding } from '#core/api/lists.ts';

/** A cell as a spreadsheet holds it. Dates are ISO texts; an error such as #N/A is the text that the spreadsheet shows. */
export type Cell = string | number | boolean | null;
/** `row` counts as a spreadsheet program does: from 1, blank rows included. */
export type SheetRow = { row: number; cells: Cell[] };
/**
 * `name` is a workbook's, `encoding` a text file's. `filledRows` counts rows with anything in them, titles and header included. `rows` can be
 * walked once. Dispose of it in the end.
 */
export type Sheet = {
  name: string | null;
  encoding: TextEncoding | null;
  filledRows: number;
  rows: AsyncIterable<SheetRow>;
  [Symbol.asyncDispose](): Promise<void>;
};

/**
 * What a file of recipients may hold. 200,000 rows of ten columns unpack to about 100 MB (measured: 100,000 rows to 51 MB), so a workbook
 * that declares or becomes more than twice that is none.
 */
export const fileLimits = { bytes: 20 * 1024 * 1024, rows: 200_000, columns: 200, unpackedBytes: 220 * 1024 * 1024, entries: 1000 } as const;

export const isBlank = (cell: Cell | undefined): boolean => cell === null || cell === undefined || (typeof cell === 'string' && cell.trim() === '');

/** The values by which spreadsheets show that a formula failed. */
export const isCellError = (cell: Cell | undefined): boolean =>
  typeof cell === 'string' && /^#(N\/A|DIV\/0!|VALUE!|REF!|NAME\?|NUM!|NULL!|SPILL!|CALC!|GETTING_DATA)$/.test(cell.trim());

/** A, B, … Z, AA: what a spreadsheet program writes above the nth column, counted from 0. */
export function columnLetter(index: number): string {
  const rest = Math.floor(index / 26);
  return (rest > 0 ? columnLetter(rest - 1) : '') + String.fromCharCode(65 + (index % 26));
}
