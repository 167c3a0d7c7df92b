import { readCsv } from './csv.ts';
import { kindOfFile, type RecipientFile } from './file-kind.ts';
import type { Sheet } from './sheet.ts';
import { readWorkbook } from './workbook.ts';

/** Opens files of recipients. Throws `unsupported_format`, `too_large`, `invalid_input` or `timed_out`, each with what to do. */
export type SheetOpener = (file: RecipientFile, signal: AbortSignal) => Promise<Sheet>;

/** Workbooks are read by at most `parallel` children at once: each may take a gigabyte. The next ones wait for their turn. */
export function createSheetOpener({ parallel = 1 }: { parallel?: number } = {}): SheetOpener {
  const turns = createTurns(parallel);
  return async (file, signal) => {
    if ((await kindOfFile(file)) === 'csv') return readCsv(file.content, signal);
    const done = await turns.take(signal);
    try {
      const sheet = await readWorkbook(file.content, signal);
      const close = () => sheet[Symbol.asyncDispose]().finally(done);
      return { ...sheet, [Symbol.asyncDispose]: close };
    } catch (error) {
      done();
      throw error;
    }
  };
}

/** Hands out `most` turns, first come, first served; a turn is given back once, however often it is said. */
function createTurns(most: number): { take(signal: AbortSignal): Promise<() => void> } {
  let free = most;
  const waiting = new Set<() => void>();
  const giveBack = () => {
    const [next] = waiting;
    if (next) {
      waiting.delete(next);
      next();
    } else free += 1;
  };
  const turn = () => {
    let isHeld = true;
    return () => {
      if (isHeld) giveBack();
      isHeld = false;
    };
  };
  return {
    async take(signal) {
      signal.throwIfAborted();
      if (free > 0) {
        free -= 1;
        return turn();
      }
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const leave = () => reject(signal.reason);
      waiting.add(resolve);
      signal.addEventListener('abort', leave, { once: true });
      try {
        await promise;
      } finally {
        waiting.delete(resolve);
        signal.removeEventListener('abort', leave);
      }
      return turn();
    },
  };
}
