import { spawn } from 'node:child_process';
import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WatchdogLine } from './watchdog-line.ts';

/** A worker that says nothing for so long stands still: renewed at a third, a lease lasts twice as long from any moment. */
const usualSilentMs = 15_000;

/** A process beside the worker that ends its browsers when the worker dies without a word, or stands still. */
export type Watchdog = {
  pid: number | undefined;
  watch(userData: string): void;
  unwatch(userData: string): void;
  /** Lets it go: it ends what is still watched, then itself. */
  close(): Promise<void>;
};

/**
 * One per host; it touches only browsers that carry this `mark`. It is a leader of its own session, so that a kill of the worker's whole group does not take it along, and it
 * keeps no file or terminal open. Chromium also ends by itself when its own pipe closes (measured: within 0.2 s); the watchdog is for
 * the browser that hangs and does not.
 */
export function startWatchdog(mark: string, { silentMs = usualSilentMs } = {}): Watchdog {
  const compiled = getCompileCacheDir();
  const child = spawn(process.execPath, [fileURLToPath(new URL('watchdog.ts', import.meta.url)), String(silentMs)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
    // It needs none of the worker's environment, and the worker's holds secrets. Compiled before, its modules need half the memory.
    env: compiled ? { NODE_COMPILE_CACHE: dirname(compiled) } : {},
  });
  child.unref();
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  // A dead watchdog must not take the worker with it; reapOrphans at the next start still cleans up.
  child.stdin.on('error', () => undefined);
  const tell = (line: WatchdogLine) => void child.stdin.write(`${JSON.stringify(line)}\n`);
  const beating = setInterval(() => tell({ is: 'beat' }), silentMs / 10).unref();
  return {
    pid: child.pid,
    watch: (userData) => tell({ is: 'watch', userData, mark }),
    unwatch: (userData) => tell({ is: 'unwatch', userData }),
    close: async () => {
      clearInterval(beating);
      child.stdin.end();
      await ended;
    },
  };
}
