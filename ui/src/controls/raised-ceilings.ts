import { type CeilingKind, type Ceilings, ceilingsOf } from '#core/policy.ts';

/** How many ceilings would be higher than now, the defaults being what nobody has set: raising one is asked about. */
export function raisedCeilings(kind: CeilingKind, before: Ceilings, after: Ceilings): number {
  const old = new Map<string, number | boolean>(Object.entries(ceilingsOf(kind, null, before)));
  return Object.entries(ceilingsOf(kind, null, after)).filter(([name, value]) => isMore(value, old.get(name))).length;
}

/** No warm-up lets more out than one. A limit where there was none lets out less. */
function isMore(value: number | boolean, before: number | boolean | undefined): boolean {
  if (typeof value === 'boolean') return before === true && !value;
  return typeof before === 'number' && value > before;
}
