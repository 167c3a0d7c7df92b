import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { ById } from './fields.ts';

export const numbers = {
  checkNumber: endpoint({
    method: 'POST',
    path: '/profiles/:id/check-number',
    summary: 'Whether the messenger knows a number; its conversation is opened, nothing is written. Each look is seen by the messenger',
    allows: 'inbox:write',
    params: ById,
    body: z.strictObject({ phone: z.string().trim().min(5).max(32) }),
    /** Null: the page said neither. */
    reply: z.object({ phone: z.string(), exists: z.boolean().nullable() }),
  }),
};
