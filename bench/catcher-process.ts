import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../lab/mail/main.ts', import.meta.url));

export type CatcherProcess = AsyncDisposable & { smtpPort: number; webUrl: string };

/** The catcher in a process of its own, so that neither leg shares an event loop with it. */
export async function startCatcherProcess(): Promise<CatcherProcess> {
  const child = spawn(process.execPath, [program], { env: { SMTP_PORT: '0', WEB_PORT: '0' }, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) {
    const said = /smtp:\/\/[^:]+:(?<port>\d+) and shows it at (?<web>\S+)/.exec(line)?.groups;
    if (!said) continue;
    // What it says from here on is not of interest, but a full pipe would stop it.
    child.stdout.resume();
    return {
      smtpPort: Number(said.port),
      webUrl: said.web ?? '',
      async [Symbol.asyncDispose]() {
        child.kill('SIGTERM');
        await ended;
      },
    };
  }
  throw new Error('The mail catcher did not start.');
}
