import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { ById, Id } from './fields.ts';

/** What became of a campaign's sources since it was frozen. None of it changes what is sent. Of a draft nothing is frozen, so nothing has changed. */
export const SinceFreeze = z.object({
  /** The template says something else by now, or is gone. */
  isTemplateChanged: z.boolean(),
  /** People of the audience who came, went, or have another name, address or field by now. */
  added: z.number(),
  gone: z.number(),
  changed: z.number(),
  /** The first of each. */
  rows: z.array(z.object({ contactId: Id, name: z.string(), change: z.enum(['added', 'gone', 'changed']) })),
});
export const sinceFreeze = {
  readSinceFreeze: endpoint({
    method: 'GET',
    path: '/campaigns/:id/since-freeze',
    summary: 'What changed in template, lists and people since the plan was frozen; what is sent stays as it was planned',
    allows: 'campaigns:read',
    params: ById,
    reply: SinceFreeze,
  }),
};
