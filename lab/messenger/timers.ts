/** Work for later that ends with the lab. Tests bring their own, driven by hand. */
export type Timers = { after: (ms: number, work: () => void) => () => void };

export function realTimers(signal: AbortSignal): Timers {
  const pending = new Set<NodeJS.Timeout>();
  signal.addEventListener('abort', () => {
    for (const timer of pending) clearTimeout(timer);
  });
  return {
    after(ms, work) {
      if (signal.aborted) return () => {};
      const timer = setTimeout(() => {
        pending.delete(timer);
        work();
      }, ms);
      pending.add(timer);
      return () => {
        clearTimeout(timer);
        pending.delete(timer);
      };
    },
  };
}
