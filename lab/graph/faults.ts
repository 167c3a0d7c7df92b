import { GraphError } from './errors.ts';
import type { Fault } from './model.ts';
import type { Lab } from './store.ts';

/** What goes wrong with this call; takes it off what is still to go wrong. */
export function spendFault(lab: Lab, to: string | null): { how: Fault['how']; error: GraphError } | null {
  const fault = lab.faults.find((one) => one.times > 0 && (one.to === null || one.to === to));
  if (!fault) return null;
  fault.times -= 1;
  const { code, subcode, httpStatus, regainMinutes } = fault;
  return { how: fault.how, error: new GraphError(code, { subcode, httpStatus, regainMinutes }) };
}
