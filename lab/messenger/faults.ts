/** What can go wrong for an account in every messenger's lab. */
export type Faults = {
  /** Every frame from the server to the page waits this long. Order is kept. */
  latencyMs: number;
  historyDelayMs: number;
  /** Share (0..1) of stored messages whose acknowledgement never leaves the server. */
  dropAckShare: number;
  dropAcksNext: number;
  /** The next n sends get lost on the way: the server never sees them. */
  swallowNext: number;
  /** The next n sends are refused. */
  failNext: number;
};

export const noFaults: Readonly<Faults> = {
  latencyMs: 0,
  historyDelayMs: 0,
  dropAckShare: 0,
  dropAcksNext: 0,
  swallowNext: 0,
  failNext: 0,
};

/** Whether this one goes wrong; takes it off what is still to go wrong. */
export function spend<Name extends string>(faults: Record<Name, number>, name: Name): boolean {
  if (faults[name] <= 0) return false;
  faults[name] -= 1;
  return true;
}

export function dropsAck(faults: Faults, random: () => number): boolean {
  return spend(faults, 'dropAcksNext') || (faults.dropAckShare > 0 && random() < faults.dropAckShare);
}
