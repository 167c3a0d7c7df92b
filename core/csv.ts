/** A cell that a spreadsheet would read as a formula is told to be text (OWASP, CSV injection). */
const asText = (cell: string) => (/^[=+\-@\t\r]/.test(cell) && !/^[+-]?[\d\s().-]+$/.test(cell) ? `'${cell}` : cell);
const quoted = (cell: string) => (/[",\n\r;]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

/** Without it Excel takes UTF-8 for something else. */
export const byteOrderMark = '\uFEFF';

/** One row of a file for spreadsheets, with its end. */
export const csvLine = (cells: readonly string[]): string => `${cells.map((cell) => quoted(asText(cell))).join(',')}\r\n`;

export const toCsv = (rows: readonly (readonly string[])[]): string => byteOrderMark + rows.map(csvLine).join('');
