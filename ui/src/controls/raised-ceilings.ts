import { type Ceilings, defaultCeilings } from '#core/policy.ts';

/** How many ceilings would be higher than now, the defaults being what nobody has set: raising one is asked about. */
export function raisedCeilings(kind: 'web' | 'email', before: Ceilings, after: Ceilings): number {
  const old = new Map<string, number | boolean>(Object.entries({ ...defaultCeilings[kind], ...before }));
  return Object.entries({ ...defaultCeilings[kind], ...clean(after) }).filter(([name, value]) => isMore(value, old.get(name))).length;
}

const clean = (ceilings: Ceilings): Ceilings => Object.fromEntries(Object.entries(ceilings).filter(([, value]) => value !== undefined));

/** No warm-up lets more out than one. A limit where there was none lets out less. */
function isMore(value: number | boolean, before: number | boolean | undefined): boolean {
  if (typeof value === 'boolean') return before === true && !value;
  return typeof before === 'number' && value > before;
}
