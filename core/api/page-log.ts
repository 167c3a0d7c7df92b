import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { ById, Instant } from './fields.ts';

/** `what` is a word of ours for the browser (`opened`, `crashed`, …), or what the network said, such as 503 or net::ERR_CONNECTION_RESET. */
export const PageNote = z.object({ at: Instant, what: z.string(), about: z.string().nullable() });

export const pageLog = {
  readPageLog: endpoint({
    method: 'GET',
    path: '/profiles/:id/page-log',
    summary: 'What happened to the browser of a profile, or which requests of its page failed, newest first',
    allows: 'logs:read',
    params: ById,
    query: z.strictObject({ of: z.enum(['log', 'network']).default('log') }),
    /** Kept by the worker that has the browser; `isHere` is false while none has it. */
    reply: z.object({ isHere: z.boolean(), rows: z.array(PageNote) }),
  }),
};
