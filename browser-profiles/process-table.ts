import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';

type Row = { pid: number; command: string };
/** Often enough to notice an end at once, rarely enough to cost nothing while a browser writes its storage. */
const lookEveryMs = 50;

/**
 * Which browsers are meant: those that hold this user data directory and, with `mark`, only those that this one host started. The mark
 * matters to the watchdog of a dead worker: the next worker may have opened the same profile by then.
 */
export type BrowsersOf = { userData: string; mark?: string };

/** Chromium ignores a switch that it does not know; on its command line everybody can read who started it. */
export const markFlag = (mark: string): string => `--patchbay-host=${mark}`;

/**
 * The main processes of these browsers. Found by command line, not by a remembered number: a number can
 * belong to somebody else by now. Helper processes carry `--type=` and follow their main process.
 */
export async function findBrowsersOf({ userData, mark }: BrowsersOf): Promise<number[]> {
  const flags = [`--user-data-dir=${userData}`, ...(mark ? [markFlag(mark)] : [])];
  const rows = process.platform === 'linux' ? await readProc() : await readPs();
  return rows.filter((row) => flags.every((flag) => hasFlag(row.command, flag)) && !row.command.includes('--type=')).map((row) => row.pid);
}

/** Sends `signal` to the process group that Chromium leads (Playwright starts it as a leader), else to the process alone. */
export function signalTree(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  // SIGTERM asks the main process, which closes its helpers in order; SIGKILL has to reach all of them.
  if (signal === 'SIGTERM' || !sendTo(-pid, signal)) sendTo(pid, signal);
}

/**
 * Ends every browser that holds this directory: asks first, so that storage is written, and kills what is left after `graceMs`.
 * Answers the pids that it found. Safe to call when there are none.
 */
export async function endBrowsersOf(which: BrowsersOf, graceMs: number, signal?: AbortSignal): Promise<number[]> {
  const found = await findBrowsersOf(which);
  for (const pid of found) signalTree(pid, 'SIGTERM');
  if (found.length > 0 && !(await waitUntilGone(which, graceMs, signal))) {
    for (const pid of await findBrowsersOf(which)) signalTree(pid, 'SIGKILL');
    await waitUntilGone(which, 2_000, signal);
  }
  return found;
}

/** Whether no browser holds the directory any more, at the latest after `limitMs`. */
export async function waitUntilGone(which: BrowsersOf, limitMs: number, signal?: AbortSignal): Promise<boolean> {
  const end = performance.now() + limitMs;
  while ((await findBrowsersOf(which)).length > 0) {
    if (performance.now() >= end) return false;
    await wait(lookEveryMs, undefined, { signal });
  }
  return true;
}

/** Whether a process of this number runs. One that we may not signal runs too. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** When a process began, in the kernel's ticks: with the pid it names one process for good. Null where the system does not say. */
export async function startTicksOf(pid: number): Promise<string | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  // The second field is the name in brackets and may hold spaces; after it the start time is the 20th.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

function hasFlag(command: string, flag: string): boolean {
  const at = command.indexOf(flag);
  // The directory must end here: /profiles/1 is not /profiles/12.
  return at >= 0 && ['\0', ' ', undefined].includes(command[at + flag.length]);
}

function sendTo(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false; // It has ended already.
  }
}

async function readProc(): Promise<Row[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0);
  const rows = await Promise.all(pids.map(async (pid) => ({ pid, command: await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '') })));
  return rows.filter((row) => row.command !== '');
}

async function readPs(): Promise<Row[]> {
  const { stdout } = await promisify(execFile)('ps', ['-axww', '-o', 'pid=,command='], { maxBuffer: 32 * 1024 * 1024 });
  return stdout.split('\n').flatMap((line) => {
    const found = /^\s*(\d+)\s(.*)$/.exec(line);
    return found ? [{ pid: Number(found[1]), command: found[2] ?? '' }] : [];
  });
}
