import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { asFailure, Failure } from '#core/failure.ts';
import { openArchive } from './archive.ts';
import { fileLimits, type SheetRow } from './sheet.ts';
import { readSheetRows } from './sheet-rows.ts';
import { readWorkbookParts } from './workbook-parts.ts';

/** Rows in one line: as few lines as a reader of rows can wait for. */
const rowsPerLine = 200;

/**
 * Reads one workbook from stdin and writes its rows to stdout, a JSON line each: first `{ sheet, filledRows }`, then `{ rows }`, or
 * `{ failure, sentence }` instead. It walks the sheet twice, so that one with too many rows is refused before its first is taken, and holds
 * none of it but the texts that cells share. A process of its own, so that what a hostile file costs has a cap, and lanes do not wait.
 */
async function main(): Promise<void> {
  using archive = await openArchive(await buffer(process.stdin));
  const parts = await readWorkbookParts(archive);
  let filledRows = 0;
  await readSheetRows(archive.read(parts.path), parts, () => {
    filledRows += 1;
    if (filledRows > fileLimits.rows + 1) throw new Failure('too_large', `The sheet has more than ${fileLimits.rows} rows. Split it.`);
  });
  await write({ sheet: parts.name, filledRows });
  const rows: SheetRow[] = [];
  await readSheetRows(
    writtenBetween(archive.read(parts.path), async () => {
      while (rows.length >= rowsPerLine) await write({ rows: rows.splice(0, rowsPerLine) });
    }),
    parts,
    (row) => void rows.push(row),
  );
  if (rows.length > 0) await write({ rows });
}

/** The pieces, with what came out of one written before the next is unpacked. */
async function* writtenBetween(pieces: AsyncIterable<Buffer>, writeRows: () => Promise<void>): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    yield piece;
    await writeRows();
  }
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
