import { z } from 'zod';

/** One line of JSON from the worker to its watchdog. `mark` is the host's own, see `BrowsersOf`. */
export const WatchdogLine = z.discriminatedUnion('is', [
  z.object({ is: z.literal('watch'), userData: z.string(), mark: z.string() }),
  z.object({ is: z.literal('unwatch'), userData: z.string() }),
]);
export type WatchdogLine = z.output<typeof WatchdogLine>;
