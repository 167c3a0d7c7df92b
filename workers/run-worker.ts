import { pino } from 'pino';
import { asFailure } from '#core/failure.ts';
import { readWorkerConfig } from './config.ts';
import type { Dress } from './dress.ts';
import { settingsFollow, toldSettings } from './told-settings.ts';
import { startWorker, type Worker } from './worker.ts';

/** A second less than what a worker's launcher waits before it kills (bin/worker-child.ts); docker compose waits 30 s. */
const mostStopMs = 24_000;

/**
 * A worker as a process: SIGTERM closes browsers in order, and when the process that started it is gone, it ends as well, also while it is still
 * starting. Whatever hangs then, the process has ended after `mostStopMs`.
 */
export async function runWorker(dress?: Dress): Promise<void> {
  try {
    const config = readWorkerConfig(process.argv.includes(settingsFollow) ? await toldSettings() : undefined);
    const log = pino({ name: 'worker', level: config.logLevel });
    let worker: Worker | undefined;
    let isEnding = false;
    const end = async () => {
      if (isEnding) return;
      isEnding = true;
      setTimeout(() => process.exit(1), mostStopMs).unref();
      await worker?.stop();
      process.exit(0);
    };
    process.on('SIGTERM', () => void end());
    // Ctrl+C reaches every process of the group; one that was started by another is told to end by it.
    process.on('SIGINT', () => (process.connected ? undefined : void end()));
    process.on('disconnect', () => void end());
    worker = await startWorker(config, log, dress);
    process.send?.({ is: 'ready' });
    log.info({ hostId: worker.hostId }, 'worker is ready');
  } catch (error) {
    const failure = asFailure(error);
    process.stderr.write(`The worker did not start. ${failure.message}\n`);
    if (failure.code === 'broken') throw error;
    process.exit(1);
  }
}
