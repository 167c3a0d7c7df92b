import { z } from 'zod';
import { Recurrence } from '#core/recurrence.ts';
import { Campaign } from './campaigns.ts';
import { endpoint } from './endpoint.ts';
import { ById, Id, Instant, nameUpTo } from './fields.ts';

/** How a campaign comes again. */
export const Repeat = z.object({
  /** Null: it does not. By the clocks of the workspace. */
  again: Recurrence.nullable(),
  nextAt: Instant.nullable(),
  /** The copy that went out last. */
  lastId: Id.nullable(),
  /** Why the last one did not go out. */
  error: z.string().nullable(),
});

export const repeats = {
  copyCampaign: endpoint({
    method: 'POST',
    path: '/campaigns/:id/copy',
    summary: 'A new draft with the same message, senders, audience and settings, without a planned start',
    allows: 'campaigns:write',
    params: ById,
    /** Without a name it gets that of the original with a number. */
    body: z.strictObject({ name: nameUpTo(120).min(1).optional() }),
    status: 201,
    reply: Campaign,
  }),
  readRepeat: endpoint({
    method: 'GET',
    path: '/campaigns/:id/repeat',
    summary: 'Whether a campaign comes again, when next, and how the last one went',
    allows: 'campaigns:read',
    params: ById,
    reply: Repeat,
  }),
  repeatCampaign: endpoint({
    method: 'PUT',
    path: '/campaigns/:id/repeat',
    summary: 'Send a copy of it again and again, with the template and the people of then; null ends that',
    allows: 'campaigns:run',
    params: ById,
    body: z.strictObject({ again: Recurrence.nullable() }),
    reply: Repeat,
  }),
};
