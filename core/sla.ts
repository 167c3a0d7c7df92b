import { z } from 'zod';

/** What is promised to whoever writes: a first answer, an answer to each later message, and an end of the matter. */
export const SlaKind = z.enum(['first', 'next', 'resolution']);
export type SlaKind = z.output<typeof SlaKind>;
