/** Only one tab of a browser may use the account (facts 1, SESSION). Answers whether this is the one. */
const name = 'tt-tab';
/** After a reload the old document may hold the lock for a moment longer. */
const patienceMs = 1500;

export function holdTab(): Promise<boolean> {
  return new Promise((answer) => {
    const held = navigator.locks.request(name, { signal: AbortSignal.timeout(patienceMs) }, () => {
      answer(true);
      // Held until the tab goes.
      return new Promise(() => {});
    });
    held.catch(() => answer(false));
  });
}
