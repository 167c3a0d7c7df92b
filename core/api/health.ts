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
    }),
  }),
};
