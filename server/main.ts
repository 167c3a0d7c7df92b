import { pino } from 'pino';
import { asFailure } from '#core/failure.ts';
import { readServerConfig } from './config.ts';
import { startServer } from './serve.ts';

/** `npm run server`: one server against DATABASE_URL. SIGTERM ends it in order. */
try {
  const config = readServerConfig();
  const log = pino({ name: 'server', level: config.logLevel });
  const server = await startServer(config, log);
  let isClosing = false;
  const end = () => {
    // npm passes on what the terminal has sent already.
    if (isClosing) return;
    isClosing = true;
    void server.close().then(() => process.exit(0));
  };
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, end);
  process.stdout.write(`Patchbay is ready at ${server.url}\n`);
} catch (error) {
  const failure = asFailure(error);
  process.stderr.write(`The server did not start. ${failure.message}\n`);
  if (failure.code === 'broken') throw error;
  process.exitCode = 1;
}
