export type Fault = 'double' | 'loss' | 'uncertain';

const unheld = ['failed', 'skipped', 'cancelled'];

/** What breaks the promise about a delivery that a stand-in's own store holds so many times: never twice, and never unsent without a state that says so. */
export function faultOf(state: string, times: number): { fault: Fault; what: string } | null {
  if (times > 1) return { fault: 'double', what: `held ${times} times` };
  if (times === 0 && !unheld.includes(state) && state !== 'uncertain') return { fault: 'loss', what: 'held nowhere' };
  if (times > 0 && unheld.includes(state)) return { fault: 'loss', what: 'held, yet the state says that it was not sent' };
  return null;
}
