import { z } from 'zod';

/**
 * What a person has said about being written to. `asked`: we asked, and wait for their word. `paused`: nothing until a time. `lifted`: a refusal
 * was taken back, which is no agreement by itself.
 */
export const ConsentState = z.enum(['asked', 'given', 'refused', 'paused', 'lifted']);
export type ConsentState = z.output<typeof ConsentState>;
/** `every`: whatever we write for. Campaigns are `marketing`. */
export const ConsentPurpose = z.enum(['every', 'marketing']);
export type ConsentPurpose = z.output<typeof ConsentPurpose>;
/** How we know. */
export const ConsentSource = z.enum([
  'stop_word',
  'one_click',
  'preference_page',
  'platform',
  'manual',
  'complaint',
  'import',
  'confirmation',
  'pause_over',
  'bounce',
  'erasure',
]);
export type ConsentSource = z.output<typeof ConsentSource>;

/** How the people of a file agreed. */
export const ConsentBasis = z.strictObject({
  source: z.enum(['website', 'purchase', 'in_person', 'wrote_first', 'other']),
  /** The day on which they agreed, or the last of several. */
  date: z.iso.date(),
  /** Where it can be looked up: a form, a contract, a place. */
  evidence: z.string().trim().min(3).max(500),
});
export type ConsentBasis = z.output<typeof ConsentBasis>;
