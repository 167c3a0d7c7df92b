import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Failure } from '#core/failure.ts';
import { type Durability, type Place, placeIn, prepareCluster, settingsFor } from './embedded-cluster.ts';
import { claimDataDir, stopLeftover } from './embedded-owner.ts';
import { bareEnvironment, type Runner } from './embedded-runner.ts';

export type EmbeddedPostgresOptions = {
  /** Holds the cluster, its password, its port and its log. Made when absent. */
  dataDir: string;
  /** 0 or absent: the port of the last run if it is still free, else any. A port that is named and taken fails. */
  port?: number;
  /** `test` gives up safety against a power cut: twice as fast, and a crash of Postgres alone still loses nothing. */
  durability?: Durability;
  log?: (line: string) => void;
  /** Postgres died and could not be started again: the program that lives on it should end. */
  onLost?: (error: unknown) => void;
  signal?: AbortSignal;
};

/**
 * Starts the built-in Postgres on 127.0.0.1 and waits until it takes connections: about 1.5 s the first time, 50 ms later.
 * Throws `in_use` when another living process owns the directory, `config_invalid` when Postgres cannot run here.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { log = () => {}, onLost = () => {}, durability = 'safe' } = options;
  const signal = options.signal ?? new AbortController().signal;
  const place = placeIn(resolve(options.dataDir));
  await mkdir(place.dataDir, { recursive: true });
  await claimDataDir(place.owner, signal);
  try {
    const { runner, password } = await prepareCluster(place, { log, signal, durability });
    const postgres = new EmbeddedPostgres({ place, runner, password, settings: settingsFor(durability), log, onLost });
    await postgres.launch(options.port ?? 0, signal);
    return postgres;
  } catch (error) {
    await rm(place.owner, { force: true });
    throw error;
  }
}

/** `any` may move on when the port is taken, `named` fails then, `same` waits for it: the address was given out. */
type PortChoice = 'any' | 'named' | 'same';

type Parts = Required<Pick<EmbeddedPostgresOptions, 'log' | 'onLost'>> & { place: Place; runner: Runner; password: string; settings: string[] };

/** A running Postgres that belongs to this process: it ends with it, whatever ends it, and is started again should it die alone. */
export class EmbeddedPostgres implements AsyncDisposable {
  readonly #parts: Parts;
  readonly #stopping = new AbortController();
  #postmaster: ChildProcess | undefined;
  #relaunched: Promise<void> = Promise.resolve();
  #port = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get port(): number {
    return this.#port;
  }

  /** The superuser's address of the maintenance database `postgres`. It holds the password: never log it. */
  get adminUrl(): string {
    return `postgres://postgres:${this.#parts.password}@127.0.0.1:${this.#port}/postgres`;
  }

  get pid(): number | undefined {
    return this.#postmaster?.pid;
  }

  /** Called once, by `startEmbeddedPostgres`. */
  async launch(wanted: number, signal: AbortSignal): Promise<void> {
    const { place, log } = this.#parts;
    const remembered = Number(await readFile(place.port, 'utf8').catch(() => '0'));
    await stopLeftover(place.cluster, log, signal);
    this.#port = wanted || (await freePort(remembered));
    await this.#launchUntilReady(wanted === 0 ? 'any' : 'named', signal);
    await writeFile(place.port, `${this.#port}\n`);
  }

  /** Up to 10 s of new tries: after a kill -9 the old shared memory stays in use until the last backend has noticed. */
  async #launchUntilReady(ports: PortChoice, signal: AbortSignal): Promise<void> {
    const { place, log } = this.#parts;
    const deadline = performance.now() + 10_000;
    for (;;) {
      await stopLeftover(place.cluster, log, signal);
      if (await this.#tryLaunch(this.#port, signal)) return;
      const said = (await readFile(place.log, 'utf8').catch(() => '')).trim();
      const isTaken = said.includes('Address already in use');
      const canPass = isTaken ? ports !== 'named' : /lock file|shared memory/.test(said);
      if (!canPass || performance.now() > deadline) {
        throw new Failure('config_invalid', `The built-in Postgres does not start: ${said.split('\n').slice(-3).join(' ')} (${place.log})`);
      }
      if (isTaken && ports === 'any') this.#port = await freePort(0);
      await pause(100, undefined, { signal });
    }
  }

  /** On the same port, so that pools only have to connect again. */
  async #relaunch(): Promise<void> {
    const { log, onLost } = this.#parts;
    log('Postgres ended unexpectedly and is being started again');
    try {
      await this.#launchUntilReady('same', this.#stopping.signal);
    } catch (error) {
      if (!this.#stopping.signal.aborted) onLost(error);
    }
  }

  async #tryLaunch(port: number, signal: AbortSignal): Promise<boolean> {
    const { place, runner, settings } = this.#parts;
    const [file, ...words] = runner.command('postgres');
    await using output = await open(place.log, 'w', 0o600);
    // A session of its own: a Ctrl-C in the terminal must reach us alone, we then end Postgres after everything that still writes to it.
    const child = spawn(file, [...words, '-D', place.cluster, '-p', String(port), ...settings], {
      cwd: '/',
      env: bareEnvironment,
      detached: true,
      stdio: ['ignore', output.fd, output.fd],
      ...runner.user,
    });
    await once(child, 'spawn', { signal });
    watch(child);
    // Recovery after a crash reads up to max_wal_size of log: seconds, not minutes.
    const within = AbortSignal.any([signal, AbortSignal.timeout(120_000)]);
    try {
      while (isAlive(child)) {
        within.throwIfAborted();
        if (await isReady(place.log)) {
          this.#postmaster = child;
          child.once('exit', () => {
            if (!this.#stopping.signal.aborted) this.#relaunched = this.#relaunch();
          });
          return true;
        }
        await pause(10, undefined, { signal: within });
      }
    } catch (error) {
      child.kill('SIGQUIT');
      throw error;
    }
    return false;
  }

  /** A fast shutdown: open transactions are rolled back, committed ones are on disk. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#relaunched;
    const child = this.#postmaster;
    if (child && isAlive(child)) {
      const gone = once(child, 'exit');
      child.kill('SIGINT');
      const patience = setTimeout(() => child.kill('SIGQUIT'), 10_000);
      await gone;
      clearTimeout(patience);
    }
    await rm(this.#parts.place.owner, { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** Ends Postgres when we are gone without having said so: the pipe to the shell closes, however we died. */
function watch(child: ChildProcess): void {
  const watchdog = spawn('sh', ['-c', 'read -r _ || kill -INT "$0"', String(child.pid)], {
    cwd: '/',
    env: bareEnvironment,
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.once('exit', () => watchdog.stdin.end('\n'));
}

function isAlive(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

/** Its own words in its own log, which is emptied before each try. `postmaster.pid` says it too, but not every root may read that. */
async function isReady(log: string): Promise<boolean> {
  return (await readFile(log, 'utf8').catch(() => '')).includes('ready to accept connections');
}

async function freePort(wanted: number): Promise<number> {
  const server = createServer();
  try {
    server.listen(wanted, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : freePort(0);
  } catch {
    return freePort(0);
  } finally {
    server.close();
  }
}
