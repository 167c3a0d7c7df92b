import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '#core/failure.ts';
import { type ArchivedMessage, readArchive } from '#lab/converse/archive.ts';
import { findProgram } from '#lab/converse/find-program.ts';
import { accountOf, archiveFile, type LabAccount, labPeople, prosodyHost } from '#lab/converse/prosody-files.ts';
import { endProsody, launchOnFreePort, launchProsody, type ProsodyProcess } from '#lab/converse/prosody-process.ts';

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

const startMs = 15_000;

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
  const open = (port: number): Promise<ProsodyProcess> => launchProsody({ prosody: found.path, dir, accounts, port, signal: deadline });
  const { child, port } = await launchOnFreePort(open, options.port).catch(async (error: unknown) => {
    await removeDir();
    throw error;
  });
  const stop = async (): Promise<void> => {
    await endProsody(child);
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
