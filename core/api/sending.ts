import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { Instant } from './fields.ts';

/** Whether anything goes out of the workspace at all. */
const Sending = z.object({
  stoppedAt: Instant.nullable(),
  stoppedBy: z.string().nullable(),
  why: z.string().nullable(),
  /** The data were restored somewhere else than where they sent: nothing goes out until an admin says that this is the place. */
  isCopied: z.boolean(),
});

export const sending = {
  readSending: endpoint({
    method: 'GET',
    path: '/sending',
    summary: 'Whether anything goes out of the workspace',
    allows: 'workspace:read',
    reply: Sending,
  }),
  stopSending: endpoint({
    method: 'POST',
    path: '/sending/stop',
    summary: 'Stop everything that the workspace sends, answers too',
    allows: 'campaigns:run',
    body: z.strictObject({ why: z.string().trim().max(300).default('') }),
    reply: Sending,
  }),
  resumeSending: endpoint({
    method: 'POST',
    path: '/sending/resume',
    summary: 'Go on where it was stopped',
    allows: 'workspace:write',
    reply: Sending,
  }),
  adoptDatabase: endpoint({
    method: 'POST',
    path: '/sending/adopt',
    summary: 'Say that this database, which was restored from another, is the one that sends',
    allows: 'workspace:write',
    reply: Sending,
  }),
};
