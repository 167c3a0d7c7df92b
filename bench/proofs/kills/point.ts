import { z } from 'zod';

/**
 * Where a send can stand: handed to the channel, its conversation open, the recipient proven, the text typed, `committing` about to be written,
 * written, the key pressed, and the proof seen but not written. The last four are the commit points.
 */
export const points = ['claimed', 'opened', 'guarded', 'typed', 'booking', 'booked', 'pressed', 'proven'] as const;
export const commitPoints = points.slice(4);
export type Point = (typeof points)[number];

/** What a worker says when it has come to a point; it goes on when it is answered. */
export const At = z.object({ point: z.enum(points), pid: z.number(), accountId: z.string(), deliveryId: z.string() });
export type At = z.output<typeof At>;
