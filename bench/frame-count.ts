import { setTimeout as wait } from 'node:timers/promises';

/** What a handler of frames keeps: how many came, and when the last one did. */
export type FrameCount = { seen: number; lastAt: number };

/** Longer than a thumbnail's rest between two frames, so that a change meets a page that nothing is owed of. */
const quietMs = 1200;
const longestMs = 30_000;

/** Until no frame has come for a while: what comes next belongs to the next change. */
export async function untilQuiet(frames: FrameCount, signal: AbortSignal): Promise<void> {
  const begun = performance.now();
  const limit = AbortSignal.any([signal, AbortSignal.timeout(longestMs)]);
  while (frames.seen === 0 || performance.now() - Math.max(begun, frames.lastAt) < quietMs) await wait(20, undefined, { signal: limit });
}

/** Milliseconds from the start of a change to the first frame after it. */
export async function frameAfter(frames: FrameCount, change: () => Promise<void>, signal: AbortSignal): Promise<number> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(longestMs)]);
  const before = frames.seen;
  const begun = performance.now();
  await change();
  while (frames.seen === before) await wait(1, undefined, { signal: limit });
  return frames.lastAt - begun;
}
