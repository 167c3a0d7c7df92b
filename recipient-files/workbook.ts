import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { Failure, type FailureCode, failures } from '#core/failure.ts';
import type { Sheet, SheetRow } from './sheet.ts';

const child = fileURLToPath(new URL('./workbook-child.ts', import.meta.url));
/**
 * A workbook of 100,000 rows takes about 100 MB to read (measured), most of it Node's own; texts that cells share come on top, once each.
 * Resident memory is looked at five times a second; the cap on address space only stops what grows faster than that.
 */
const memory = { heapMegabytes: 256, residentKilobytes: 900_000, addressSpaceKilobytes: 16_000_000, lookMs: 200 } as const;
/** 200,000 rows take 12 s on a core that is shared by five. */
const timeLimitMs = 120_000;

const isFailureCode = (code: string): code is FailureCode => Object.hasOwn(failures, code);
const Line = z.union([
  z.object({ sheet: z.string(), filledRows: z.number() }),
  // Our own child wrote them, and there are many: their cells are taken as they are.
  z.object({ rows: z.array(z.custom<SheetRow>()) }),
  z.object({ failure: z.string().refine(isFailureCode), sentence: z.string() }),
]);

/** The first visible sheet of a workbook, read by a child process with capped memory. Leaving `rows` early ends the child. */
export async function readWorkbook(content: Buffer, signal: AbortSignal): Promise<Sheet> {
  const lines = readLines(content, AbortSignal.any([signal, AbortSignal.timeout(timeLimitMs)]), signal);
  const first = await lines.next();
  if (first.done || !('filledRows' in first.value)) throw new Failure('invalid_input', 'The sheet is empty.');
  const { sheet, filledRows } = first.value;
  return { name: sheet, encoding: null, filledRows, rows: rowsOf(lines), [Symbol.asyncDispose]: async () => void (await lines.return(undefined)) };
}

async function* rowsOf(lines: AsyncGenerator<z.output<typeof Line>>): AsyncGenerator<SheetRow> {
  for await (const line of lines) if ('rows' in line) yield* line.rows;
}

async function* readLines(content: Buffer, limited: AbortSignal, asked: AbortSignal): AsyncGenerator<z.output<typeof Line>> {
  const reader = start();
  const ended = new Promise<void>((resolve) => reader.once('close', () => resolve()));
  reader.on('error', () => undefined);
  const stop = () => reader.kill('SIGKILL');
  limited.addEventListener('abort', stop, { once: true });
  const watch = setInterval(() => void residentKilobytes(reader.pid).then((used) => used > memory.residentKilobytes && stop()), memory.lookMs);
  if (limited.aborted) stop();
  // A child that gives up early closes its end; what it has to say comes on stdout.
  reader.stdin.on('error', () => undefined);
  reader.stdin.end(content);
  let isComplete = false;
  try {
    for await (const text of createInterface({ input: reader.stdout })) {
      const line = Line.parse(JSON.parse(text));
      if ('failure' in line && isFailureCode(line.failure)) throw new Failure(line.failure, line.sentence, { fields: { file: line.sentence } });
      yield line;
    }
    await ended;
    isComplete = reader.exitCode === 0;
  } finally {
    clearInterval(watch);
    limited.removeEventListener('abort', stop);
    stop();
    await ended;
  }
  asked.throwIfAborted();
  if (limited.aborted) throw new Failure('timed_out', 'Reading the workbook took too long. Save only the sheet with the recipients, or use .csv.');
  if (!isComplete) throw new Failure('too_large', 'The workbook needs too much memory. Save only the sheet with the recipients, or use .csv.');
}

/** 0 where the system does not tell, or the process has ended. */
async function residentKilobytes(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
}

function start(): ChildProcessByStdio<Writable, Readable, null> {
  const args = [`--max-old-space-size=${memory.heapMegabytes}`, child];
  const options = { stdio: ['pipe', 'pipe', 'ignore'] as ['pipe', 'pipe', 'ignore'], env: {} };
  if (!existsSync('/bin/sh')) return spawn(process.execPath, args, options);
  return spawn('/bin/sh', ['-c', `ulimit -v ${memory.addressSpaceKilobytes}; exec "$0" "$@"`, process.execPath, ...args], options);
}
