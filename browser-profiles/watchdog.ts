import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { type BrowsersOf, endBrowsersOf } from './process-table.ts';
import { readWatchdogLine } from './watchdog-line.ts';

/**
 * The watchdog's main file, run as its own process by `startWatchdog`. Its stdin is a pipe from the worker. When the pipe ends, the
 * worker is gone, also by kill -9, and every browser that it still had is ended: asked first, so that a login is written to disk.
 * A worker that stands still, or was stopped, beats no more: its leases run out and another host begins, so its browsers are ended before that.
 * Lines that it does not know are ignored.
 */
const graceMs = 5_000;
/** A worker killed between starting Chromium and its first sign of life: look again until the newcomer shows, or is clearly none. */
const looks = 4;
const lookEveryMs = 500;

const silentMs = Number(process.argv[2]);

const watched = new Map<string, BrowsersOf>();
const endAll = () => Promise.all([...watched.values()].map((which) => endBrowsersOf(which, graceMs)));
let heardAt = performance.now();
const listening = setInterval(() => {
  if (performance.now() - heardAt < silentMs) return;
  heardAt = performance.now();
  void endAll(); // It never rejects: a process that is gone is what it wants.
}, silentMs / 10);

for await (const line of createInterface({ input: process.stdin })) {
  heardAt = performance.now();
  const read = readWatchdogLine(line);
  if (read?.is === 'watch') watched.set(read.userData, read);
  if (read?.is === 'unwatch') watched.delete(read.userData);
}
clearInterval(listening);
for (let look = 0; look < looks && watched.size > 0; look += 1) {
  await endAll();
  await wait(lookEveryMs);
}
