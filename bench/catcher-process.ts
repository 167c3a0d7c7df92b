import { fileURLToPath } from 'node:url';
import { startProgram } from '#bin/start-program.ts';

const program = fileURLToPath(new URL('../lab/mail/main.ts', import.meta.url));

export type CatcherProcess = AsyncDisposable & { smtpPort: number; webUrl: string };

/** The catcher in a process of its own, so that neither leg shares an event loop with it. */
export async function startCatcherProcess(): Promise<CatcherProcess> {
  const ready = /smtp:\/\/[^:]+:(?<port>\d+) and shows it at (?<web>\S+)/;
  const started = await startProgram([process.execPath, program], ready, { env: { SMTP_PORT: '0', WEB_PORT: '0', IMAP_PORT: '0' } });
  const { port, web = '' } = started.ready.groups ?? {};
  return { smtpPort: Number(port), webUrl: web, [Symbol.asyncDispose]: () => started[Symbol.asyncDispose]() };
}
