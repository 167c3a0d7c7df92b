import { z } from 'zod';

/** The variable that tells a worker of this proof where to say at which point a send stands. */
export const pointsVariable = 'PROOF_POINTS';

export const readPointsUrl = (env: Record<string, string | undefined> = process.env): string => z.url().parse(env[pointsVariable]);
