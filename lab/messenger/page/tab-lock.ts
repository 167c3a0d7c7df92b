/** Only one tab of a browser may use the account; another one may take it over. `lost`: somebody did. */
export type TabLock = { is: 'held'; lost: Promise<void> } | { is: 'taken' };

/** After a reload the old document may hold the lock for a moment longer. */
const patienceMs = 1500;

export function holdTab(name: string, how: { steal: boolean }): Promise<TabLock> {
  const options: LockOptions = how.steal ? { steal: true } : { signal: AbortSignal.timeout(patienceMs) };
  return new Promise((answer) => {
    const held = navigator.locks.request(name, options, () => {
      answer({ is: 'held', lost });
      // Held until the tab goes or somebody steals it.
      return new Promise(() => {});
    });
    const lost = held.then(
      () => {},
      () => {},
    );
    held.catch(() => answer({ is: 'taken' }));
  });
}
