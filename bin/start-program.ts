import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

type Options = {
  env: NodeJS.ProcessEnv;
  cwd?: string;
  /** In a group of its own, which is ended as a whole: for what puts a shell between itself and the program. */
  isGroup?: boolean;
  /** Hears all that it says, on both streams; without it errors go to our own. */
  hear?: (text: string) => void;
  signal?: AbortSignal;
};
export type Program = AsyncDisposable & { pid: number; ready: RegExpExecArray };

/** Starts a program in a process of its own and waits for the line with which it says that it is ready. Disposing ends it. */
export async function startProgram([file, ...args]: readonly [string, ...string[]], ready: RegExp, options: Options): Promise<Program> {
  const { env, cwd, isGroup = false, hear, signal } = options;
  const child = spawn(file, args, { env, cwd, signal, detached: isGroup, stdio: ['ignore', 'pipe', 'pipe'] });
  const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>();
  // Read to the end: a full pipe would stop it.
  createInterface({ input: child.stdout }).on('line', (line) => {
    hear?.(`${line}\n`);
    const found = ready.exec(line);
    if (found) resolve(found);
  });
  if (hear) child.stderr.on('data', (text: Buffer) => hear(text.toString('utf8')));
  else child.stderr.pipe(process.stderr);
  const ended = once(child, 'exit').then(() => undefined, reject);
  void ended.then(() => reject(new Error(`${[file, ...args].join(' ')} ended before it was ready.`))); // void: it never rejects.
  const found = await promise;
  const pid = child.pid ?? 0; // Who has spoken was started.
  return {
    pid,
    ready: found,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) process.kill(isGroup ? -pid : pid, 'SIGTERM');
      await ended;
    },
  };
}
