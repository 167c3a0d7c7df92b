import { Readable } from 'node:stream';
import { type CsvError, parse } from 'csv-parse';
import { Failure } from '#core/failure.ts';
import { decodeText } from './decode-text.ts';
import { columnLetter, fileLimits, isBlank, type Sheet, type SheetRow } from './sheet.ts';

/** The longest honest cell is far below this. */
const longestCell = 1_000_000;
const delimiters = [',', ';', '\t', '|'] as const;

/**
 * A text file of recipients. It is read twice, so that a file with too many rows is refused before its first row is taken.
 * Throws `invalid_input` or `too_large`.
 */
export async function readCsv(content: Buffer, signal: AbortSignal): Promise<Sheet> {
  const { text: decoded, encoding } = decodeText(content);
  // Excel's own way to say which sign parts the columns; it is a row of its own there too.
  const said = /^sep=(.)\r?\n/i.exec(decoded);
  const text = said ? decoded.slice(said[0].length) : decoded;
  const format = { text, delimiter: said?.[1] ?? guessDelimiter(text), firstRow: said ? 2 : 1 };
  let filledRows = 0;
  for await (const sheetRow of walk(format, signal)) {
    const { row, cells } = sheetRow;
    if (cells.length > fileLimits.columns) throw new Failure('too_large', `Row ${row} has more than ${fileLimits.columns} columns.`);
    refuseLongCell(sheetRow);
    if (!cells.every(isBlank)) filledRows += 1;
    if (filledRows > fileLimits.rows + 1) throw new Failure('too_large', `The file has more than ${fileLimits.rows} rows. Split it.`);
  }
  const rows = walk(format, signal);
  return { name: null, encoding, filledRows, rows, [Symbol.asyncDispose]: async () => void (await rows.return(undefined)) };
}

type Format = { text: string; delimiter: string; firstRow: number };

async function* walk({ text, delimiter, firstRow }: Format, signal: AbortSignal): AsyncGenerator<SheetRow> {
  const parser = parse({
    delimiter,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: false,
  });
  const source = Readable.from(slices(Buffer.from(text)), { signal });
  source.on('error', (error) => parser.destroy(error));
  source.pipe(parser);
  let row = firstRow;
  try {
    for await (const cells of parser as AsyncIterable<string[]>) {
      // Without `columns`, csv-parse gives each record as an array of texts.
      yield { row, cells };
      row += 1;
    }
  } catch (error) {
    throw isCsvError(error) ? notReadable(error, firstRow) : error;
  } finally {
    source.destroy();
    parser.destroy();
  }
}

/** Slices of bytes: a slice of a text could cut a character in two. */
function* slices(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

const isCsvError = (error: unknown): error is CsvError => error instanceof Error && 'code' in error && String(error.code).startsWith('CSV_');

/** The parser runs ahead of its readers: only the error itself knows how many rows were whole before it. */
function notReadable(error: CsvError, firstRow: number): Failure {
  const row = firstRow + Number(error.records ?? 0);
  const sentence = error.code === 'CSV_QUOTE_NOT_CLOSED' ? `A quote that opens in row ${row} is never closed.` : `Row ${row} cannot be read.`;
  return new Failure('invalid_input', sentence, { cause: error, fields: { file: sentence } });
}

function refuseLongCell({ row, cells }: SheetRow): void {
  const at = cells.findIndex((cell) => String(cell).length > longestCell);
  if (at < 0) return;
  const isManyLines = /[\n\r]/.test(String(cells[at]));
  const sentence = `The cell in row ${row}, column ${columnLetter(at)} is longer than ${longestCell} characters.`;
  const why = isManyLines ? ' It holds line breaks: perhaps its closing quote is missing.' : '';
  throw new Failure('too_large', sentence + why, { fields: { file: sentence } });
}

/** The sign that parts the most rows of the head into the same number of columns. */
export function guessDelimiter(text: string): string {
  const head = linesOutsideQuotes(text.slice(0, 65_536)).slice(0, 30);
  const scored = delimiters.map((delimiter) => {
    const counts = head.map((line) => line.split(delimiter).length - 1).filter((count) => count > 0);
    const usual = mostFrequent(counts);
    return { delimiter, score: counts.filter((count) => count === usual).length * 100 + Math.min(usual, 99) };
  });
  const best = scored.toSorted((a, b) => b.score - a.score)[0];
  return best && best.score > 0 ? best.delimiter : ',';
}

function mostFrequent(counts: number[]): number {
  const times = new Map<number, number>();
  for (const count of counts) times.set(count, (times.get(count) ?? 0) + 1);
  return [...times].toSorted((a, b) => b[1] - a[1] || b[0] - a[0])[0]?.[0] ?? 0;
}

/** Lines of the text with what stands in quotes taken out, line breaks in quotes included. */
function linesOutsideQuotes(text: string): string[] {
  return text
    .replaceAll(/"(?:[^"]|"")*"/g, '""')
    .split(/\r\n|\n|\r/)
    .filter((line) => line.trim() !== '');
}
