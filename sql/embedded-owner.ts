import { readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { Failure } from '#core/failure.ts';

/**
 * One living process per data directory. The mark holds the process id and, on Linux, its start time, so that a reused id (common in
 * containers, where everything is process 1) is not mistaken for the owner.
 */
export async function claimDataDir(file: string, signal: AbortSignal): Promise<void> {
  const mark = await readFile(file, 'utf8').catch(() => '');
  const [pid = '', started = ''] = mark.trim().split(' ');
  // A process that was just killed needs a moment to go.
  const deadline = performance.now() + 1_000;
  while (pid && (await startOf(Number(pid))) === started) {
    if (performance.now() < deadline) {
      await pause(50, undefined, { signal });
      continue;
    }
    throw new Failure('in_use', `Another Patchbay (process ${pid}) is using this data directory. Stop it, or set DATA_DIR to another place.`);
  }
  await rm(file, { force: true });
  await writeFile(file, `${process.pid} ${await startOf(process.pid)}\n`, { flag: 'wx' });
}

/** The time a process was started, `running` where the system does not say, `null` when there is no such process, or only its remains. */
async function startOf(pid: number): Promise<string | null> {
  if (!isRunning(pid)) return null;
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // Field 22 of proc(5); the name in field 2 may hold spaces, so count behind its closing bracket.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? null : (fields[19] ?? 'running');
}

/**
 * Ends a Postgres that a killed owner left on this cluster. It is asked for a fast shutdown, after 10 s for an immediate one.
 * A number in `postmaster.pid` that now belongs to another program is left alone.
 */
export async function stopLeftover(cluster: string, log: (line: string) => void, signal: AbortSignal): Promise<void> {
  const pid = await postmasterOf(cluster);
  if (pid === null) return;
  if (!(await isPostgresOn(cluster, pid))) return forgetDead(cluster, pid);
  log(`a Postgres left by an earlier run (process ${pid}) is being stopped`);
  for (const way of ['SIGINT', 'SIGQUIT'] as const) {
    kill(pid, way);
    const deadline = performance.now() + 10_000;
    while (performance.now() < deadline) {
      if (!(await isPostgresOn(cluster, pid))) return;
      await pause(20, undefined, { signal });
    }
  }
  throw new Failure('in_use', `A Postgres left by an earlier run (process ${pid}) does not stop. End it, then start again.`);
}

async function postmasterOf(cluster: string): Promise<number | null> {
  const text = await readFile(`${cluster}/postmaster.pid`, 'utf8').catch(() => '');
  const pid = Number.parseInt(text, 10);
  return Number.isSafeInteger(pid) && pid > 1 ? pid : null;
}

/**
 * Postgres takes any living process with the noted id for its predecessor and refuses to start. In a container that id is soon reused, or
 * stays as a zombie. The note goes only when no process is attached to the shared memory it names: the last backend must be gone.
 */
async function forgetDead(cluster: string, pid: number): Promise<void> {
  if (!isRunning(pid)) return;
  const note = await readFile(`${cluster}/postmaster.pid`, 'utf8').catch(() => '');
  const memoryId = note.split('\n')[6]?.trim().split(/\s+/)[1];
  const table = await readFile('/proc/sysvipc/shm', 'utf8').catch(() => null);
  if (table === null || memoryId === undefined) return;
  // Columns of /proc/sysvipc/shm: key, shmid, perms, size, cpid, lpid, nattch.
  const row = table.split('\n').find((line) => line.trim().split(/\s+/)[1] === memoryId);
  if (row === undefined || row.trim().split(/\s+/)[6] === '0') await rm(`${cluster}/postmaster.pid`, { force: true });
}

/** A postmaster shows its data directory on its command line. A dead process that nobody has waited for shows nothing. */
async function isPostgresOn(cluster: string, pid: number): Promise<boolean> {
  if (!isRunning(pid)) return false;
  if (process.platform !== 'linux') return true;
  const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return words.split('\0').includes(cluster);
}

function isRunning(pid: number): boolean {
  return kill(pid, 0);
}

function kill(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}
