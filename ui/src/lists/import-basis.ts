import { ConsentBasis } from '#core/consent.ts';

/** `unknown`: nobody has said how these people agreed. Null: not chosen yet. */
export const basisSources = [null, ...ConsentBasis.shape.source.options, 'unknown'] as const;
export type BasisValues = { source: (typeof basisSources)[number]; date: string; evidence: string };

export const noBasis = (): BasisValues => ({ source: null, date: '', evidence: '' });

/** What goes to the server, or why it cannot go yet. */
export function basisOf(values: BasisValues): { is: 'stated'; basis: ConsentBasis } | { is: 'unknown' } | { is: 'missing' } {
  if (values.source === 'unknown') return { is: 'unknown' };
  const read = ConsentBasis.safeParse(values);
  return read.success ? { is: 'stated', basis: read.data } : { is: 'missing' };
}
