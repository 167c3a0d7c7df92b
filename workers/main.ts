import { pino } from 'pino';
import { asFailure } from '#core/failure.ts';
import { readWorkerConfig } from './config.ts';
import { startWorker } from './worker.ts';

/** `npm run worker`: one host. SIGTERM closes browsers in order; when the process that started it is gone, it ends as well. */
try {
  const config = readWorkerConfig();
  const log = pino({ name: 'worker', level: config.logLevel });
  const worker = await startWorker(config, log);
  let isEnding = false;
  const end = async () => {
    if (isEnding) return;
    isEnding = true;
    await worker.stop();
    process.exit(0);
  };
  process.on('SIGTERM', () => void end());
  process.on('SIGINT', () => void end());
  process.on('disconnect', () => void end());
  process.send?.({ is: 'ready' });
  log.info({ hostId: worker.hostId }, 'worker is ready');
} catch (error) {
  const failure = asFailure(error);
  process.stderr.write(`The worker did not start. ${failure.message}\n`);
  if (failure.code === 'broken') throw error;
  process.exit(1);
}
