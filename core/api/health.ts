import { z } from 'zod';
import { endpoint } from './endpoint.ts';

export const health = {
  readHealth: endpoint({
    method: 'GET',
    path: '/health',
    summary: 'Whether the server, the database and the workers are well',
    allows: 'public',
    reply: z.object({
      status: z.enum(['ok', 'degraded']),
      version: z.string(),
      checks: z.record(z.string(), z.object({ ok: z.boolean(), why: z.string().nullable() })),
      /** Browsers of all living workers: open, about so many fit into memory, and the slots. Full: memory is short, so no more are started. */
      room: z.object({ open: z.int(), fits: z.int(), slots: z.int(), isFull: z.boolean() }).nullable(),
    }),
  }),
};
