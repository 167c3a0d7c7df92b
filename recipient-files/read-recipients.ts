import type { ImportMapping, TextEncoding } from '#core/api/lists.ts';
import { Failure } from '#core/failure.ts';
import type { RecipientFile } from './file-kind.ts';
import { findHeader, type Header, headLength } from './header.ts';
import { completeMapping, suggestMapping } from './mapping.ts';
import type { SheetOpener } from './open.ts';
import { createDuplicateFinder, createRowReader, type KeyedRule, type ReadRow } from './recipients.ts';
import { type Cell, fileLimits, isBlank, type Sheet, type SheetRow } from './sheet.ts';

export type ReadAsk = {
  file: RecipientFile;
  mapping?: ImportMapping | undefined;
  defaultCountry: string;
  /** Fields whose values have a kind; a row with another value is rejected. */
  rules?: readonly KeyedRule[];
  signal: AbortSignal;
};
type Opened = {
  /** Told the encoding of a text file, or null, before the first row. */
  onOpen?: (encoding: TextEncoding | null) => Promise<void>;
};
export type FilePreview = {
  fileName: string;
  sheet: string | null;
  encoding: TextEncoding | null;
  headerRow: number;
  columns: string[];
  rows: string[][];
  mapping: ImportMapping;
  rowCount: number;
};

/** Rows after the header that a preview shows, and by whose cells a mapping is guessed. */
const sampleLength = 20;

/**
 * Walks the people of a file: each row is a recipient or is rejected with its reason, duplicates within the file included; blank rows are
 * passed over. The same file, mapping and country always give the same rows in the same order.
 */
export async function* readRecipients(open: SheetOpener, ask: ReadAsk & Opened): AsyncGenerator<ReadRow> {
  const { file, mapping, defaultCountry, signal } = ask;
  await using sheet = await open(file, signal);
  await ask.onOpen?.(sheet.encoding);
  const { header, head, rest } = await readHead(sheet, defaultCountry);
  const sample = head.filter((row) => row.row > header.headerRow);
  const suggested = suggestMapping(header, sample, defaultCountry);
  const read = createRowReader({ header, mapping: completeMapping(header, mapping ?? suggested), defaultCountry, rules: ask.rules });
  const findDuplicate = createDuplicateFinder();
  for await (const row of joined(sample, rest)) {
    const one = read(row);
    if (one === null) continue;
    const duplicate = one.is === 'recipient' ? findDuplicate(one.recipient) : null;
    yield duplicate ? { is: 'rejected', reject: duplicate } : one;
  }
}

/** The head of a file with a suggested mapping. `rowCount` counts filled rows after the header. */
export async function previewRecipients(open: SheetOpener, { file, defaultCountry, signal }: Omit<ReadAsk, 'mapping'>): Promise<FilePreview> {
  await using sheet = await open(file, signal);
  const { header, head } = await readHead(sheet, defaultCountry);
  const sample = head.filter((row) => row.row > header.headerRow);
  return {
    fileName: file.name,
    sheet: sheet.name,
    encoding: sheet.encoding,
    headerRow: header.headerRow,
    columns: header.columns,
    rows: sample.slice(0, sampleLength).map(({ cells }) => header.columns.map((_, at) => shown(cells[at]))),
    mapping: suggestMapping(header, sample, defaultCountry),
    rowCount: sheet.filledRows - (head.length - sample.length),
  };
}

type Head = { header: Header; head: SheetRow[]; rest: AsyncIterator<SheetRow> };

async function readHead(sheet: Sheet, defaultCountry: string): Promise<Head> {
  const rest = sheet.rows[Symbol.asyncIterator]();
  const head: SheetRow[] = [];
  while (head.length < headLength + sampleLength) {
    const next = await rest.next();
    if (next.done) break;
    if (!next.value.cells.every(isBlank)) head.push(next.value);
  }
  if (head.length === 0) throw new Failure('invalid_input', 'The file has no rows.', { fields: { file: 'has no rows' } });
  const header = findHeader(head.slice(0, headLength), defaultCountry);
  if (header.columns.length > fileLimits.columns) throw new Failure('too_large', `The file has more than ${fileLimits.columns} columns.`);
  return { header, head, rest };
}

async function* joined(head: readonly SheetRow[], rest: AsyncIterator<SheetRow>): AsyncGenerator<SheetRow> {
  yield* head;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

function shown(cell: Cell | undefined): string {
  return cell === null || cell === undefined ? '' : String(cell).slice(0, 200);
}
