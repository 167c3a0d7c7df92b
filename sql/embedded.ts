import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chown, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Failure } from '#core/failure.ts';
import { claimDataDir, stopLeftover } from './embedded-owner.ts';
import { bareEnvironment, findRunner, type Runner } from './embedded-runner.ts';

const run = promisify(execFile);

export type EmbeddedPostgresOptions = {
  /** Holds the cluster, its password, its port and its log. Made when absent. */
  dataDir: string;
  /** 0 or absent: the port of the last run if it is still free, else any. */
  port?: number;
  /** `test` gives up safety against a power cut: twice as fast, and a crash of Postgres alone still loses nothing. */
  durability?: 'safe' | 'test';
  log?: (line: string) => void;
  signal?: AbortSignal;
};

type Place = { dataDir: string; cluster: string; password: string; port: string; owner: string; log: string };

/**
 * Starts the built-in Postgres on 127.0.0.1 and waits until it takes connections: about 1.5 s the first time, 50 ms later.
 * Throws `in_use` when another living process owns the directory, `config_invalid` when Postgres cannot run here.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const log = options.log ?? (() => {});
  const signal = options.signal ?? new AbortController().signal;
  const place = placeIn(resolve(options.dataDir));
  await mkdir(place.dataDir, { recursive: true });
  await claimDataDir(place.owner);
  try {
    await stopLeftover(place.cluster, log, signal);
    const { runner, password } = await prepareCluster(place, { log, signal, durability: options.durability ?? 'safe' });
    const postgres = new EmbeddedPostgres({ place, runner, password, settings: settingsFor(options.durability ?? 'safe'), log });
    await postgres.launch(options.port ?? 0, signal);
    return postgres;
  } catch (error) {
    await rm(place.owner, { force: true });
    throw error;
  }
}

function placeIn(dataDir: string): Place {
  const at = (name: string) => join(dataDir, name);
  return { dataDir, cluster: at('cluster'), password: at('password'), port: at('port'), owner: at('owner'), log: at('postgres.log') };
}

function settingsFor(durability: 'safe' | 'test'): string[] {
  const always = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=200', 'timezone=UTC', 'log_timezone=UTC'];
  const fast = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_wal_size=4GB', 'autovacuum_naptime=5min'];
  return (durability === 'test' ? [...always, ...fast] : always).flatMap((setting) => ['-c', setting]);
}

type Preparing = { log: (line: string) => void; signal: AbortSignal; durability: 'safe' | 'test' };

/** Makes the cluster under another name first, so that a half-made one is never taken for a whole one. */
async function prepareCluster(place: Place, { log, signal, durability }: Preparing): Promise<{ runner: Runner; password: string }> {
  const known = await readFile(place.password, 'utf8').catch(() => null);
  if (known !== null) return { runner: await findRunner(place.cluster, log), password: known.trim() };
  const half = `${place.cluster}.new`;
  await rm(half, { recursive: true, force: true });
  await mkdir(half, { mode: 0o700 });
  const runner = await findRunner(half, log);
  const password = randomBytes(24).toString('hex');
  const passwordFile = `${place.password}.new`;
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (runner.user) await chown(passwordFile, runner.user.uid, runner.user.gid);
  const [file, ...words] = runner.command('initdb');
  const locale = ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'];
  const access = ['--username=postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  const speed = durability === 'test' ? ['--no-sync'] : [];
  const args = [...words, '-D', half, ...locale, ...access, ...speed];
  await run(file, args, { cwd: '/', env: bareEnvironment, signal, ...runner.user }).catch((cause) => {
    throw new Failure('config_invalid', `The built-in Postgres could not make its cluster in ${place.dataDir}.`, { cause });
  });
  await rename(half, place.cluster);
  if (runner.user) await chown(passwordFile, 0, 0);
  await rename(passwordFile, place.password);
  return { runner, password };
}

type Parts = { place: Place; runner: Runner; password: string; settings: string[]; log: (line: string) => void };

/** A running Postgres that belongs to this process: it ends with it, whatever ends it. */
export class EmbeddedPostgres implements AsyncDisposable {
  readonly #parts: Parts;
  #postmaster: ChildProcess | undefined;
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

  /** Up to 10 s of new tries: after a kill -9 the old shared memory stays in use until the last backend has noticed. */
  async launch(wantedPort: number, signal: AbortSignal): Promise<void> {
    const { place } = this.#parts;
    const deadline = performance.now() + 10_000;
    let remembered = Number(await readFile(place.port, 'utf8').catch(() => '0'));
    for (;;) {
      const port = await freePort(wantedPort || remembered);
      if (await this.#tryLaunch(port, signal)) {
        this.#port = port;
        await writeFile(place.port, `${port}\n`);
        return;
      }
      const said = (await readFile(place.log, 'utf8').catch(() => '')).trim();
      const canPass = /lock file|shared memory|Address already in use/.test(said);
      if (!canPass || performance.now() > deadline) {
        throw new Failure('config_invalid', `The built-in Postgres does not start: ${said.split('\n').slice(-3).join(' ')} (${place.log})`);
      }
      remembered = 0;
      await pause(100, undefined, { signal });
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
    try {
      while (isAlive(child)) {
        if (await isReady(place.cluster, child)) {
          this.#postmaster = child;
          return true;
        }
        await pause(10, undefined, { signal });
      }
    } catch (error) {
      child.kill('SIGQUIT');
      throw error;
    }
    return false;
  }

  /** A fast shutdown: open transactions are rolled back, committed ones are on disk. */
  async stop(): Promise<void> {
    const child = this.#postmaster;
    if (!child) return;
    this.#postmaster = undefined;
    if (isAlive(child)) {
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

/** As pg_ctl does: line 1 of `postmaster.pid` is the process, line 8 its state. */
async function isReady(cluster: string, child: ChildProcess): Promise<boolean> {
  const lines = (await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  return Number(lines[0]) === child.pid && lines[7]?.trim() === 'ready';
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
