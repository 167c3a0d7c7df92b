import type { Logger } from 'pino';
import type { TextEncoding } from '#core/api/lists.ts';
import { asFailure, Failure } from '#core/failure.ts';
import { createSheetOpener, type SheetOpener } from '#recipient-files/open.ts';
import { readRecipients } from '#recipient-files/read-recipients.ts';
import type { ReadRow } from '#recipient-files/recipients.ts';
import { type Db, inWorkspace } from '#sql/database.ts';
import { endImport, noteEncoding, readImportWork, saveImportBatch } from '#sql/imports.ts';

/** Rows of a file that are saved, and told of, in one transaction. */
const batchLength = 1000;
/** Two imports that make the same new contact at the same moment: one of them looks again. */
const attempts = 5;

export type ImporterParts = { db: Db; tell: () => void; log: Pick<Logger, 'info'>; open?: SheetOpener };
type Job = { workspaceId: string; importId: string };

/**
 * The `import` job: reads the file batch by batch. It may run twice, also at once: progress is written with each batch, a second run walks
 * over what is done, and only one of two can write the next batch. A file that cannot be read ends the import with its sentence; being told
 * to stop leaves it to whoever takes the job next.
 */
export function createImporter({ db, tell, log, open = createSheetOpener() }: ImporterParts): (job: Job, signal: AbortSignal) => Promise<void> {
  return async (job, signal) => {
    const end = async (state: 'done' | 'failed', error?: string) => {
      await inWorkspace(db, job.workspaceId, (trx) => endImport(trx, { ...job, state, error, now: new Date() }));
      tell();
    };
    const work = await inWorkspace(db, job.workspaceId, (trx) => readImportWork(trx, job.importId));
    if (work === null) return;
    const { listId, rowsRead, basis, isReplyOnly, asksFirst, ...ask } = work;
    if (rowsRead > 0) log.info({ importId: job.importId, rowsRead }, 'an import goes on where it was left');
    const seen = new Map<string, number>();
    const onOpen = (encoding: TextEncoding | null) => inWorkspace(db, job.workspaceId, (trx) => noteEncoding(trx, job, encoding));
    let from = 0;
    try {
      for await (const rows of inBatches(readRecipients(open, { ...ask, onOpen, signal }))) {
        const batch = { ...job, listId, basis, isReplyOnly, asksFirst, from, rows: rows.length, seen, ...parted(rows) };
        const isOurs = await again(() => inWorkspace(db, job.workspaceId, (trx) => saveImportBatch(trx, batch)), signal);
        if (!isOurs) return;
        from += rows.length;
        tell();
      }
    } catch (error) {
      if (signal.aborted || !(error instanceof Failure)) throw error;
      return end('failed', asFailure(error).message);
    }
    await end('done');
  };
}

async function* inBatches(rows: AsyncIterable<ReadRow>): AsyncGenerator<ReadRow[]> {
  let batch: ReadRow[] = [];
  for await (const row of rows) {
    batch.push(row);
    if (batch.length < batchLength) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function parted(rows: readonly ReadRow[]) {
  return {
    recipients: rows.flatMap((row) => (row.is === 'recipient' ? [row.recipient] : [])),
    rejects: rows.flatMap((row) => (row.is === 'rejected' ? [row.reject] : [])),
  };
}

/** Again at once while the failure is `busy`: the other's transaction has ended, or the unique key would not have refused us. */
async function again<T>(act: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted();
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof Failure && error.code === 'busy') || attempt === attempts) throw error;
    }
  }
}
