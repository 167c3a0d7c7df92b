import { pino } from 'pino';
import type { Channel } from '#core/channel.ts';
import { asFailure } from '#core/failure.ts';
import { readWorkerConfig } from './config.ts';
import { settingsFollow, toldSettings } from './told-settings.ts';
import { startWorker } from './worker.ts';

/** A worker as a process: SIGTERM closes browsers in order, and when the process that started it is gone, it ends as well. */
export async function runWorker(dress?: (channel: Channel) => Channel): Promise<void> {
  try {
    const config = readWorkerConfig(process.argv.includes(settingsFollow) ? await toldSettings() : undefined);
    const log = pino({ name: 'worker', level: config.logLevel });
    const worker = await startWorker(config, log, dress);
    let isEnding = false;
    const end = async () => {
      if (isEnding) return;
      isEnding = true;
      await worker.stop();
      process.exit(0);
    };
    process.on('SIGTERM', () => void end());
    // Ctrl+C reaches every process of the group; one that was started by another is told to end by it.
    process.on('SIGINT', () => (process.connected ? undefined : void end()));
    process.on('disconnect', () => void end());
    process.send?.({ is: 'ready' });
    log.info({ hostId: worker.hostId }, 'worker is ready');
  } catch (error) {
    const failure = asFailure(error);
    process.stderr.write(`The worker did not start. ${failure.message}\n`);
    if (failure.code === 'broken') throw error;
    process.exit(1);
  }
}
