import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { ById, Id, Instant } from './fields.ts';

/** A whole run drawn before it starts, or what is left of one: by the same question that each send is asked. */
export const RunDrawn = z.object({
  /** From when it was drawn. */
  at: Instant,
  /** The first so many messages only: there are more. */
  isCut: z.boolean(),
  going: z.number(),
  /** By when which share of them has gone. */
  quarters: z.array(z.object({ share: z.number(), at: Instant })),
  bar: z.enum(['hour', 'day']),
  /** Bars in which something goes; `counts` in the order of `lanes`. */
  bars: z.array(z.object({ at: Instant, counts: z.array(z.number()) })),
  lanes: z.array(
    z.object({
      accountId: Id,
      name: z.string(),
      count: z.number(),
      firstAt: Instant.nullable(),
      lastAt: Instant.nullable(),
      /** What it waits for, the longest first. */
      waits: z.array(z.object({ reason: z.string(), seconds: z.number() })),
    }),
  ),
  /** What does not go by itself within a year, and why. */
  left: z.array(z.object({ reason: z.string(), count: z.number() })),
});

export const simulation = {
  simulateCampaign: endpoint({
    method: 'GET',
    path: '/campaigns/:id/simulation',
    summary: 'When what goes out, drawn before it starts: per account, per hour, and when it is done',
    allows: 'campaigns:read',
    params: ById,
    reply: RunDrawn,
  }),
};
