import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { settingsFollow } from '#workers/told-settings.ts';

/**
 * V8 lets the space for new objects of a busy worker grow to 100 MB and never gives it back; beyond 16 MB it buys no time (measured). Only read at the
 * start of a process, so whoever starts a worker says it: here, bin/dev.ts, package.json and docker-compose.yml.
 */
export const workerFlags = ['--max-semi-space-size=8'];
const usualProgram = fileURLToPath(new URL('../workers/main.ts', import.meta.url));
/** A worker that ends by itself is started again: at once the first time, slower while it keeps ending. */
const longestPauseMs = 10_000;
const steadyMs = 60_000;
/** Browsers are closed in order, 15 s each at most and side by side; then the worker is ended. */
const stopMs = 25_000;

type Env = Record<string, string | undefined>;
/** For proofs: another program, and how long at most a worker that keeps ending is left alone. */
export type WorkerOptions = { program?: string; mostPauseMs?: number };

/**
 * A worker in a process of its own, so that its end is not the server's. It ends when this process does, however that ends. It is launched at
 * once and loads its modules while the database is being opened; `start` gives it its settings.
 */
export class WorkerChild implements AsyncDisposable {
  readonly #env: Env;
  #settings: Env = {};
  readonly #log: (line: string) => void;
  readonly #program: string;
  readonly #mostPauseMs: number;
  #child: ChildProcess;
  #isStopping = false;

  constructor(env: Env, log: (line: string) => void, { program = usualProgram, mostPauseMs = longestPauseMs }: WorkerOptions = {}) {
    this.#env = env;
    this.#program = program;
    this.#mostPauseMs = mostPauseMs;
    this.#log = log;
    this.#child = this.#launch();
  }

  /** Resolves when the worker takes jobs. Rejects when it does not come up the first time. */
  async start(settings: Env): Promise<void> {
    this.#settings = settings;
    const child = this.#child;
    const isReady = hasEnded(child) ? false : await this.#tell(child);
    if (!isReady) throw new Error('the worker ended before it was ready');
    void this.#keepAlive(child);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    const child = this.#child;
    if (hasEnded(child)) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const late = new AbortController();
    const isLate = wait(stopMs, true, { signal: late.signal }).catch(() => false);
    if (await Promise.race([ended.then(() => false), isLate])) child.kill('SIGKILL');
    late.abort();
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #launch(): ChildProcess {
    const execArgv = [...process.execArgv, ...workerFlags];
    return fork(this.#program, [settingsFollow], { env: this.#env, execArgv, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  }

  /** Gives a launched worker its settings; whether it came up with them. */
  async #tell(child: ChildProcess): Promise<boolean> {
    const answered = Promise.race([once(child, 'message').then(() => true), once(child, 'exit').then(() => false)]);
    // Where it has just ended, the exit says so.
    child.send({ is: 'settings', env: this.#settings }, () => undefined);
    return answered;
  }

  async #keepAlive(first: ChildProcess): Promise<void> {
    let child = first;
    let pauseMs = 0;
    while (true) {
      const begun = performance.now();
      if (!hasEnded(child)) await once(child, 'exit');
      if (this.#isStopping) return;
      pauseMs = performance.now() - begun > steadyMs ? 0 : Math.min(this.#mostPauseMs, pauseMs * 2 + 250);
      this.#log(`The worker ended (${child.signalCode ?? `exit ${child.exitCode}`}) and is started again.`);
      await wait(pauseMs);
      if (this.#isStopping) return;
      child = this.#launch();
      this.#child = child;
      void this.#tell(child);
    }
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
