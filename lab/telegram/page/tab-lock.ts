/** Only one tab of a browser may use the account (facts 1, SESSION). Answers whether this is the one. */
const name = 'tt-tab';
/** After a reload the old document may hold the lock for a moment longer. */
const patienceMs = 1500;
let isHeld = false;

export async function holdTab(): Promise<boolean> {
  // Kept over a log-out until the tab goes.
  isHeld ||= await new Promise<boolean>((answer) => {
    const held = navigator.locks.request(name, { signal: AbortSignal.timeout(patienceMs) }, () => {
      answer(true);
      return new Promise(() => {});
    });
    held.catch(() => answer(false));
  });
  return isHeld;
}
