import { readdir, readFile } from 'node:fs/promises';

/** What a process and all that it has started take. */
export type Usage = { pssBytes: number; cpuSeconds: number };
type Process = { pid: number; parent: number; cpuSeconds: number };

/** The kernel counts time in hundredths of a second on every machine that Chromium runs on (USER_HZ). */
const ticksPerSecond = 100;
const pageBytes = 4096;

/**
 * Measures the trees of these processes, in one pass over the process table. PSS shares out what several processes have mapped: the sum of all
 * trees is what they really take, while sums of RSS count the same memory many times. Where the system knows no PSS, RSS stands in for it.
 */
export async function measureTrees<Name>(roots: ReadonlyMap<Name, readonly number[]>): Promise<Map<Name, Usage>> {
  const children = new Map<number, Process[]>();
  const all = new Map<number, Process>();
  for (const one of await readProcesses()) {
    all.set(one.pid, one);
    children.set(one.parent, [...(children.get(one.parent) ?? []), one]);
  }
  const measured = new Map<Name, Usage>();
  for (const [name, pids] of roots) {
    const tree = pids.flatMap((pid) => treeOf(all.get(pid), children));
    const pss = await Promise.all(tree.map(({ pid }) => pssOf(pid)));
    measured.set(name, {
      pssBytes: pss.reduce((sum, bytes) => sum + bytes, 0),
      cpuSeconds: tree.reduce((sum, one) => sum + one.cpuSeconds, 0),
    });
  }
  return measured;
}

/** What is left of the memory that this process may use: the machine's, or less in a container. Null where the system does not say. */
export async function freeMemory(): Promise<number | null> {
  const info = await readFile('/proc/meminfo', 'utf8').catch(() => '');
  const free = /^MemAvailable:\s+(\d+) kB$/m.exec(info)?.[1];
  const [limit, used] = await Promise.all(['max', 'current'].map((name) => readFile(`/sys/fs/cgroup/memory.${name}`, 'utf8').catch(() => '')));
  const inContainer = Number(limit) > 0 ? Number(limit) - Number(used) : Number.POSITIVE_INFINITY;
  return free ? Math.max(0, Math.min(Number(free) * 1024, inContainer)) : null;
}

function treeOf(root: Process | undefined, children: ReadonlyMap<number, readonly Process[]>): Process[] {
  return root ? [root, ...(children.get(root.pid) ?? []).flatMap((child) => treeOf(child, children))] : [];
}

async function readProcesses(): Promise<Process[]> {
  const pids = (await readdir('/proc').catch(() => [])).map(Number).filter((pid) => pid > 0);
  const read = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
      // The second field is the name in brackets and may hold spaces; after it the parent is the 2nd, user and system time the 12th and 13th.
      const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields ? { pid, parent: Number(fields[1]), cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond } : null;
    }),
  );
  return read.filter((one) => one !== null);
}

async function pssOf(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1];
  if (kilobytes) return Number(kilobytes) * 1024;
  const statm = await readFile(`/proc/${pid}/statm`, 'utf8').catch(() => '');
  return Number(statm.split(' ')[1] ?? 0) * pageBytes;
}
