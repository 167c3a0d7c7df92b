import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Failure, type FailureCode } from '#core/failure.ts';
import { findProgram } from '#lab/converse/find-program.ts';
import { type LabAccount, writeProsodyFiles } from '#lab/converse/prosody-files.ts';
import { freePort } from '#lab/free-port.ts';

export type ProsodyProcess = ChildProcessByStdio<null, Readable, Readable>;

const stopMs = 5_000;

/** Between asking for a free port and Prosody's taking it somebody else may; then the next one is tried. */
export async function launchOnFreePort(
  open: (port: number) => Promise<ProsodyProcess>,
  wanted = 0,
): Promise<{ child: ProsodyProcess; port: number }> {
  if (wanted > 0) return { child: await open(wanted), port: wanted };
  for (let triesLeft = 3; ; triesLeft -= 1) {
    const port = await freePort();
    try {
      return { child: await open(port), port };
    } catch (error) {
      if (!(error instanceof Failure && error.code === 'busy') || triesLeft === 0) throw error;
    }
  }
}

export interface Launch {
  prosody: string;
  dir: string;
  accounts: LabAccount[];
  port: number;
  signal: AbortSignal;
}

/**
 * With setpriv (util-linux, so on every Debian) the kernel ends Prosody when this process ends, however it ends.
 * setpriv becomes Prosody, it stays no process of its own.
 */
export async function launchProsody({ prosody, dir, accounts, port, signal }: Launch): Promise<ProsodyProcess> {
  const config = await writeProsodyFiles(dir, accounts, port);
  const setpriv = await findProgram('setpriv');
  const [program = prosody, ...args] = [...(setpriv ? [setpriv, '--pdeathsig', 'KILL'] : []), prosody, '--config', config, '-F'];
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  await untilListening(child, port, signal).catch(async (error: unknown) => {
    await endProsody(child);
    throw error;
  });
  return child;
}

async function untilListening(child: ProsodyProcess, port: number, signal: AbortSignal): Promise<void> {
  const said: string[] = [];
  const problem = (code: FailureCode, sentence: string): Failure => new Failure(code, `${sentence}\n${said.slice(-15).join('\n')}`);
  // Its log goes to stdout; both streams are read to the end so that Prosody never waits for us.
  child.stderr.resume();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (said.length < 1000) said.push(line);
    if (/Failed to open server port/.test(line)) reject(problem('busy', `Prosody cannot listen on port ${port}.`));
    if (/Serving 'websocket' at/.test(line)) resolve();
  });
  child.once('error', reject);
  child.once('exit', (code) => reject(problem('broken', `Prosody ended with code ${code} while starting.`)));
  signal.addEventListener('abort', () => reject(problem('timed_out', 'Prosody did not start.')), { once: true });
  await promise;
}

export async function endProsody(child: ProsodyProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), stopMs);
  await exited;
  clearTimeout(timer);
}
