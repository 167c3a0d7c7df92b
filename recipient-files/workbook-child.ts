import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { readSheet } from 'read-excel-file/node';
import { asFailure, Failure } from '#core/failure.ts';
import { checkWorkbook } from './check-workbook.ts';
import { type Cell, fileLimits, isBlank } from './sheet.ts';
import { columnOf } from './sheet-extent.ts';

/**
 * Reads one workbook from stdin and writes its rows to stdout, a JSON line each: first `{ sheet, filledRows }`, then `{ row, cells }`, or
 * `{ failure, sentence }` instead. A process of its own, because no reader is low in memory and a worker's limit does not bind (measured:
 * 400 MB for 100,000 rows): whoever starts it caps its memory and its time.
 */
async function main(): Promise<void> {
  const content = await buffer(process.stdin);
  const { sheet, name, failedCells } = await checkWorkbook(content);
  const rows: unknown[][] = await readSheet(content, sheet, { trim: false, parseNumber: exactNumber }).catch((error: unknown) => {
    throw new Failure('invalid_input', 'The sheet cannot be read. Open it, save it again as .xlsx, and try once more.', { cause: error });
  });
  for (const [address, shown] of failedCells) putBack(rows, address, shown);
  const filled = rows.filter((cells) => !cells.map(toCell).every(isBlank)).length;
  if (filled > fileLimits.rows + 1) throw new Failure('too_large', `The sheet has more than ${fileLimits.rows} rows. Split it.`);
  if (rows.some((cells) => cells.length > fileLimits.columns))
    throw new Failure('too_large', `The sheet has more than ${fileLimits.columns} columns.`);
  await write({ sheet: name, filledRows: filled });
  for (const [at, cells] of rows.entries()) {
    const read = cells.map(toCell);
    if (!read.every(isBlank)) await write({ row: at + 1, cells: read });
  }
}

/** Puts what the spreadsheet shows for a failed formula where the reader saw an empty cell. */
function putBack(rows: unknown[][], address: string, shown: string): void {
  const [, letters = '', row = ''] = /^([A-Z]{1,3})(\d{1,7})$/.exec(address) ?? [];
  const at = columnOf(letters) - 1;
  if (at < 0 || at >= fileLimits.columns || Number(row) > rows.length + fileLimits.rows) return;
  while (rows.length < Number(row)) rows.push([]);
  const cells = rows[Number(row) - 1] ?? [];
  while (cells.length < at) cells.push(null);
  cells[at] = shown;
}

/** An id of more than 15 digits must not be rounded here: it stays text. */
function exactNumber(text: string): number | string {
  const number = Number(text);
  return Number.isInteger(number) && !Number.isSafeInteger(number) ? text : number;
}

function toCell(value: unknown): Cell {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : isoOf(value);
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

/** A day alone has midnight in a spreadsheet; then only the day is given. */
function isoOf(at: Date): string {
  const iso = at.toISOString();
  return iso.endsWith('T00:00:00.000Z') ? iso.slice(0, 10) : iso.slice(0, 16);
}

async function write(line: unknown): Promise<void> {
  if (!process.stdout.write(`${JSON.stringify(line)}\n`)) await once(process.stdout, 'drain');
}

try {
  await main();
} catch (error) {
  const { code, message } = asFailure(error);
  await write({ failure: code, sentence: message });
}
