import type { BackoffLimits } from '#browser-profiles/backoff.ts';

/** Killed again and again on purpose: a browser comes back as soon as after its first crash. */
export const impatient: BackoffLimits = { firstMs: 1000, maxMs: 1000, resetAfterMs: 1000 };
