import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, constants, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Failure, type FailureCode } from '#core/failure.ts';
import { type ArchivedMessage, readArchive } from '#lab/converse/archive.ts';
import { readSearchPath } from '#lab/converse/config.ts';
import { accountOf, archiveFile, type LabAccount, labPeople, prosodyHost, writeProsodyFiles } from '#lab/converse/prosody-files.ts';

export type FoundProsody = { is: 'found'; path: string } | { is: 'missing'; why: string };

export interface ProsodyOptions {
  /** Where configuration and messages lie. Without it a folder of its own, deleted at the end. */
  dir?: string;
  /** Account name → full name; the five people of the lab when not given. */
  accounts?: Record<string, string>;
  /** 0, the default, takes any free port. */
  port?: number;
  signal?: AbortSignal;
}

/** A running XMPP server with its accounts. */
export interface Prosody extends AsyncDisposable {
  websocketUrl: string;
  boshUrl: string;
  host: string;
  accounts: LabAccount[];
  pid: number;
  /** What the server took between the two, read from its own store; `user` and `peer` are account names. */
  archive(user: string, peer: string): Promise<ArchivedMessage[]>;
  stop(): Promise<void>;
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

const startMs = 15_000;
const stopMs = 5_000;

export async function findProsody(): Promise<FoundProsody> {
  const path = await findProgram('prosody');
  if (path) return { is: 'found', path };
  return {
    is: 'missing',
    why: 'Prosody is not installed (Debian: apt-get install --no-install-recommends prosody lua-sec lua-event lua-dbi-sqlite3)',
  };
}

/**
 * Starts Prosody on loopback and resolves when it takes connections.
 * @throws Failure `not_found` when it is not installed, `timed_out` or `broken` with its last lines when it does not start.
 */
export async function startProsody(options: ProsodyOptions = {}): Promise<Prosody> {
  const found = await findProsody();
  if (found.is === 'missing') throw new Failure('not_found', found.why);
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'patchbay-prosody-')));
  await mkdir(dir, { recursive: true });
  const accounts = Object.entries(options.accounts ?? labPeople).map(([name, fullName]) => accountOf(name, fullName));
  const removeDir = async (): Promise<void> => {
    if (options.dir === undefined) await rm(dir, { recursive: true, force: true });
  };
  const deadline = AbortSignal.any([AbortSignal.timeout(startMs), ...(options.signal ? [options.signal] : [])]);
  const open = (port: number): Promise<Child> => launch({ prosody: found.path, dir, accounts, port, signal: deadline });
  const { child, port } = await launchOnFreePort(open, options.port).catch(async (error: unknown) => {
    await removeDir();
    throw error;
  });
  const stop = async (): Promise<void> => {
    await end(child);
    await removeDir();
  };

  return {
    websocketUrl: `ws://127.0.0.1:${port}/xmpp-websocket`,
    boshUrl: `http://127.0.0.1:${port}/http-bind`,
    host: prosodyHost,
    accounts,
    // A child that has printed a line has a pid.
    pid: child.pid as number,
    async archive(user, peer) {
      const source = await readFile(archiveFile(dir, user), 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return '';
        throw error;
      });
      return readArchive(source, `${peer}@${prosodyHost}`);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** Between asking for a free port and Prosody's taking it somebody else may; then the next one is tried. */
async function launchOnFreePort(open: (port: number) => Promise<Child>, wanted = 0): Promise<{ child: Child; port: number }> {
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

interface Launch {
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
async function launch({ prosody, dir, accounts, port, signal }: Launch): Promise<Child> {
  const config = await writeProsodyFiles(dir, accounts, port);
  const setpriv = await findProgram('setpriv');
  const [program = prosody, ...args] = [...(setpriv ? [setpriv, '--pdeathsig', 'KILL'] : []), prosody, '--config', config, '-F'];
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  await untilListening(child, port, signal).catch(async (error: unknown) => {
    await end(child);
    throw error;
  });
  return child;
}

async function untilListening(child: Child, port: number, signal: AbortSignal): Promise<void> {
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

async function end(child: Child): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), stopMs);
  await exited;
  clearTimeout(timer);
}

async function findProgram(name: string): Promise<string | undefined> {
  for (const folder of readSearchPath().split(delimiter)) {
    const path = join(folder, name);
    const isRunnable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isRunnable) return path;
  }
  return undefined;
}

/** Prosody cannot be told to take any port and say which, so one is asked for and given back just before. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Failure('broken', 'No free port on loopback.');
  return address.port;
}
