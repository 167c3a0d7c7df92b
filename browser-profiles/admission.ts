/** How much memory a worker's browsers may take together, and one alone. Null: what the machine has free. */
export type MemoryLimits = { allBytes: number | null; oneBytes: number };
export type Room = {
  open: number;
  /** How many would fit, by what the open ones take; null until one was measured. */
  fits: number | null;
  /** Why no more are started now, in words for people. */
  why: string | null;
  /** The browsers to open anew, the greediest first: beyond what one may take, or beyond what all may. */
  recycle: string[];
};

/** Taken from the free memory, so that the machine does not begin to swap. */
const spareBytes = 512 * 1024 * 1024;
/** What all may take, and this much more, is where the greediest has to go. */
const hardFactor = 1.15;

/** Decides from what was measured. `taken` is each open browser's memory. */
export function judgeRoom(taken: ReadonlyMap<string, number>, { freeBytes, limits }: { freeBytes: number | null; limits: MemoryLimits }): Room {
  const open = taken.size;
  const all = [...taken.values()].reduce((sum, bytes) => sum + bytes, 0);
  const tooGreedy = [...taken].filter(([, bytes]) => bytes > limits.oneBytes);
  if (open === 0) return { open, fits: null, why: null, recycle: [] };
  const budget = Math.min(limits.allBytes ?? Number.POSITIVE_INFINITY, freeBytes === null ? Number.POSITIVE_INFINITY : all + freeBytes - spareBytes);
  const average = all / open;
  const fits = Number.isFinite(budget) ? Math.max(0, Math.floor(budget / average)) : null;
  const why =
    fits !== null && fits <= open
      ? `${open} of about ${fits} fit: browsers take ${inMegabytes(all)} and may take ${inMegabytes(Math.max(0, budget))}, ${inMegabytes(average)} each. Give the worker more memory, or set WORKER_SLOTS to ${Math.max(1, fits)}.`
      : null;
  const [greediest] = [...taken].toSorted(([, a], [, b]) => b - a);
  const overAll = limits.allBytes !== null && all > limits.allBytes * hardFactor && greediest ? [greediest] : [];
  const recycle = new Set([...tooGreedy.toSorted(([, a], [, b]) => b - a), ...overAll].map(([id]) => id));
  return { open, fits, why, recycle: [...recycle] };
}

const inMegabytes = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MB`;
