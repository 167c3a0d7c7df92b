import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { ById, Id } from './fields.ts';

/** Who can take conversations of their teams. */
export const Availability = z.object({
  person: z.object({ id: Id, name: z.string() }),
  /** How many open conversations they may hold when conversations are handed out; null: any number. */
  capacity: z.number().nullable(),
  /** Said so themselves: nothing is handed to them. */
  isAway: z.boolean(),
  /** Has the dashboard open. */
  isHere: z.boolean(),
  /** Open conversations of theirs. */
  open: z.number(),
});

export const availability = {
  listAvailability: endpoint({
    method: 'GET',
    path: '/availability',
    summary: 'Who is there, and how many conversations each holds and may hold',
    allows: 'inbox:read',
    reply: z.object({ rows: z.array(Availability) }),
  }),
  setAway: endpoint({
    method: 'PUT',
    path: '/availability',
    summary: 'Say whether you yourself are away: then no conversation is handed to you',
    allows: 'inbox:read',
    body: z.strictObject({ isAway: z.boolean() }),
    reply: Availability,
  }),
  setCapacity: endpoint({
    method: 'PUT',
    path: '/people/:id/capacity',
    summary: 'How many open conversations a person may hold when they are handed out; null: any number',
    allows: 'people:write',
    params: ById,
    body: z.strictObject({ capacity: z.number().int().min(0).max(1000).nullable() }),
    reply: Availability,
  }),
};
