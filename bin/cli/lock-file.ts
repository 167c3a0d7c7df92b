import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Far longer than one exchange of tokens takes: a holder this old has hung, whatever its process id says. */
const staleMs = 60_000;
const lookMs = 40;

/**
 * Holds a lock that other runs of this program respect. A refresh token works once: two runs that used the same one would end the session.
 * The file of a holder that is gone is taken over.
 */
export async function holdLock(path: string, signal: AbortSignal): Promise<AsyncDisposable> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  while (!(await tryLock(path))) {
    if (await isStale(path)) await rm(path, { force: true });
    else await delay(lookMs, undefined, { signal });
  }
  return { [Symbol.asyncDispose]: () => rm(path, { force: true }) };
}

async function tryLock(path: string): Promise<boolean> {
  try {
    await writeFile(path, String(process.pid), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    const isTaken = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    if (!isTaken) throw error;
    return false;
  }
}

async function isStale(path: string): Promise<boolean> {
  const [text, about] = await Promise.all([readFile(path, 'utf8'), stat(path)]).catch(() => [null, null]);
  if (text === null || about === null) return false;
  if (Date.now() - about.mtimeMs > staleMs) return true;
  // The number is written right after the file is made: a file without one is not stale yet.
  return text !== '' && !isAlive(Number(text));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
