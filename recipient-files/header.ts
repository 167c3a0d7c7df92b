import { parseEmail, parsePhone } from '#core/address.ts';
import { meaningOf } from './headings.ts';
import { type Cell, columnLetter, isBlank, type SheetRow } from './sheet.ts';

/** `headerRow` is 0 when the sheet has none. `columns` are unique, so that a mapping can name them. */
export type Header = { headerRow: number; columns: string[] };

/** Titles, notes and empty rows above a header; more of them and a file is no list. */
export const headLength = 25;

/**
 * Finds the header under title rows: the first row in which a heading names an address. Without one, the row above the first address if it
 * has texts only, and otherwise none: then columns are called by their letters.
 */
export function findHeader(head: readonly SheetRow[], defaultCountry: string): Header {
  const width = Math.max(0, ...head.map((row) => row.cells.length));
  const isAddress = (cell: Cell) => looksLikeAddress(cell, defaultCountry);
  const named = head.find((row) => row.cells.some((cell) => isHeadingOfAddress(cell)) && !row.cells.some(isAddress));
  if (named) return { headerRow: named.row, columns: columnsOf(named.cells, width) };
  const first = head.findIndex((row) => row.cells.some(isAddress));
  const above = first < 0 ? head[0] : head[first - 1];
  const isHeader = above && above.cells.filter((cell) => typeof cell === 'string' && !isBlank(cell)).length >= 2;
  return isHeader ? { headerRow: above.row, columns: columnsOf(above.cells, width) } : { headerRow: 0, columns: columnsOf([], width) };
}

const isHeadingOfAddress = (cell: Cell): boolean => typeof cell === 'string' && ['phone', 'email', 'jid', 'handle'].includes(meaningOf(cell) ?? '');

export function looksLikeAddress(cell: Cell, defaultCountry: string): boolean {
  if (typeof cell === 'number') return cell >= 1e6 && parsePhone(cell, defaultCountry).is === 'phone';
  return typeof cell === 'string' && (parseEmail(cell).is === 'email' || parsePhone(cell, defaultCountry).is === 'phone');
}

/** Headings as they stand; an empty one is called by its letter, and a second "Phone" becomes "Phone (2)". */
function columnsOf(cells: readonly Cell[], width: number): string[] {
  const seen = new Map<string, number>();
  return Array.from({ length: width }, (_, at) => {
    const cell = cells[at];
    const heading = cell === undefined || isBlank(cell) ? columnLetter(at) : String(cell).replaceAll(/\s+/g, ' ').trim().slice(0, 190);
    const times = (seen.get(heading.toLowerCase()) ?? 0) + 1;
    seen.set(heading.toLowerCase(), times);
    return times === 1 ? heading : `${heading} (${times})`;
  });
}
