/** One line of JSON from the worker to its watchdog. `mark` is the host's own, see `BrowsersOf`. */
export type WatchdogLine = { is: 'watch'; userData: string; mark: string } | { is: 'unwatch'; userData: string } | { is: 'beat' };

/** Without zod, which would be a fifth of the watchdog's memory: both ends are this program. Null: cut short by the kill, or of a newer worker. */
export function readWatchdogLine(text: string): WatchdogLine | null {
  try {
    const line: Partial<WatchdogLine> = JSON.parse(text);
    // What `tell` of start-watchdog.ts has written.
    return line.is === 'watch' || line.is === 'unwatch' || line.is === 'beat' ? (line as WatchdogLine) : null;
  } catch {
    return null;
  }
}
