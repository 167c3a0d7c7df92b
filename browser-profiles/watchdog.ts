import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { type BrowsersOf, endBrowsersOf } from './process-table.ts';
import { readWatchdogLine } from './watchdog-line.ts';

/**
 * The watchdog's main file, run as its own process by `startWatchdog`. Its stdin is a pipe from the worker. When the pipe ends, the
 * worker is gone, also by kill -9, and every browser that it still had is ended: asked first, so that a login is written to disk.
 * Lines that it does not know are ignored, so a heartbeat can join them without a change here.
 */
const graceMs = 5_000;
/** A worker killed between starting Chromium and its first sign of life: look again until the newcomer shows, or is clearly none. */
const looks = 4;
const lookEveryMs = 500;

const watched = new Map<string, BrowsersOf>();

for await (const line of createInterface({ input: process.stdin })) {
  const read = readWatchdogLine(line);
  if (read?.is === 'watch') watched.set(read.userData, read);
  if (read?.is === 'unwatch') watched.delete(read.userData);
}
for (let look = 0; look < looks && watched.size > 0; look += 1) {
  await Promise.all([...watched.values()].map((which) => endBrowsersOf(which, graceMs)));
  await wait(lookEveryMs);
}
