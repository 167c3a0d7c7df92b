import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

const lookEveryMs = 50;
/** Linux counts a process's time in hundredths of a second. */
const ticksPerSecond = 100;

export type Effort = {
  seconds: number;
  /** Of all processors, user and system. Unlike `seconds` it says little about what else a machine does. */
  processorSeconds: number;
  /** Memory of their own, without what processes share, that they took together at most. */
  mostMegabytes: number;
};

/** Does the work, and says what these processes put into it. Those that begin and end within are counted until they were last seen. */
export async function watchProcesses(pids: () => readonly (number | undefined)[], work: () => Promise<unknown>): Promise<Effort> {
  const stop = new AbortController();
  const before = new Map<number, number>();
  const after = new Map<number, number>();
  let mostMegabytes = 0;
  const look = async () => {
    const seen = await Promise.all(pids().map(async (pid) => ({ pid, ...(await readProcess(pid)) })));
    for (const { pid, ticks } of seen) if (pid !== undefined) after.set(pid, ticks);
    mostMegabytes = Math.max(mostMegabytes, seen.reduce((sum, one) => sum + one.kilobytes, 0) / 1024);
  };
  await look();
  for (const [pid, ticks] of after) before.set(pid, ticks);
  const watch = (async () => {
    while (!stop.signal.aborted) {
      await look();
      await wait(lookEveryMs, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  })();
  const begun = performance.now();
  try {
    await work();
  } finally {
    stop.abort();
    await watch;
  }
  const seconds = (performance.now() - begun) / 1000;
  await look();
  const ticks = [...after].reduce((sum, [pid, now]) => sum + now - (before.get(pid) ?? 0), 0);
  return { seconds, processorSeconds: ticks / ticksPerSecond, mostMegabytes };
}

/** Nothing where the system does not tell, or the process has ended. */
async function readProcess(pid: number | undefined): Promise<{ ticks: number; kilobytes: number }> {
  const [stat, status] = await Promise.all(['stat', 'status'].map((name) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '')));
  // After the name in brackets, which may hold anything, the twelfth and thirteenth are user and system time.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  return { ticks: Number(fields[11] ?? 0) + Number(fields[12] ?? 0), kilobytes: Number(/^RssAnon:\s+(\d+) kB/m.exec(status ?? '')?.[1] ?? 0) };
}
