import { pino } from 'pino';
import { readServerConfig } from '#server/config.ts';
import { startServer } from '#server/serve.ts';
import { toldSettings } from '#workers/told-settings.ts';

/** The server as a process that can be killed: told its settings and started again as a worker is, and gone with whoever started it. */
try {
  const server = await startServer(readServerConfig(await toldSettings()), pino({ level: 'silent' }));
  const end = () => void server.close().then(() => process.exit(0));
  for (const sign of ['SIGTERM', 'disconnect']) process.on(sign, end);
  // Ctrl+C reaches every process of the group; this one is told to end by the one that started it.
  process.on('SIGINT', () => undefined);
  process.send?.({ is: 'ready' });
} catch {
  // As while the database is away: the next one tries again.
  process.exit(1);
}
