import { z } from 'zod';
import { SlaKind } from '#core/sla.ts';
import { endpoint } from './endpoint.ts';
import { ById, changesOf, Id, Instant, Name, Nothing } from './fields.ts';

const Minutes = z.number().int().min(1).max(100_000).nullable().default(null);
const Fields = z.strictObject({
  name: Name,
  /** Until a person first answers whoever wrote; null: not promised. So with the others. */
  firstMinutes: Minutes,
  /** Until each later message is answered. */
  nextMinutes: Minutes,
  /** Until the conversation is resolved. */
  resolutionMinutes: Minutes,
  /** Minutes count only in the business hours of the workspace. */
  inBusinessHours: z.boolean().default(false),
  /** Every conversation that begins has it, groups excepted; the one that was usual before is not any more. */
  isUsual: z.boolean().default(false),
});
export const SlaPolicy = Fields.extend({ id: Id, updatedAt: Instant });

/** What is owed in a conversation. */
export const ConversationSla = z.object({
  policy: z.object({ id: Id, name: z.string() }),
  timers: z.array(
    z.object({
      kind: SlaKind,
      startedAt: Instant,
      /** Null for the moment until it is counted. */
      dueAt: Instant.nullable(),
      /** Since when it is late. */
      breachedAt: Instant.nullable(),
    }),
  ),
});
const Figures = z.object({
  policyId: Id.nullable(),
  policyName: z.string(),
  kind: SlaKind,
  /** Ended in their time, and not; the second also holds what is late and goes on. */
  kept: z.number(),
  late: z.number(),
});
const oneOfThem = { path: ['firstMinutes'], error: 'or one of the other times has to be given' };

export const sla = {
  listSlaPolicies: endpoint({
    method: 'GET',
    path: '/sla-policies',
    summary: 'How soon people are to be answered: all policies',
    allows: 'inbox:read',
    reply: z.object({ rows: z.array(SlaPolicy) }),
  }),
  addSlaPolicy: endpoint({
    method: 'POST',
    path: '/sla-policies',
    summary: 'Add a policy: times until a first answer, a next one, and the end',
    allows: 'workspace:write',
    body: Fields.refine(({ firstMinutes, nextMinutes, resolutionMinutes }) => (firstMinutes ?? nextMinutes ?? resolutionMinutes) !== null, oneOfThem),
    status: 201,
    reply: SlaPolicy,
  }),
  changeSlaPolicy: endpoint({
    method: 'PATCH',
    path: '/sla-policies/:id',
    summary: 'Change a policy; what runs is counted anew, what is late stays late',
    allows: 'workspace:write',
    params: ById,
    body: changesOf(Fields),
    reply: SlaPolicy,
  }),
  removeSlaPolicy: endpoint({
    method: 'DELETE',
    path: '/sla-policies/:id',
    summary: 'Remove a policy and what runs under it; what was late stays known',
    allows: 'workspace:write',
    params: ById,
    status: 204,
    reply: Nothing,
  }),
  readSlaFigures: endpoint({
    method: 'GET',
    path: '/sla-figures',
    summary: 'How often each promise was kept and how often it was not, by when it ended',
    allows: 'inbox:read',
    query: z.strictObject({ since: Instant.optional(), until: Instant.optional() }),
    reply: z.object({ rows: z.array(Figures) }),
  }),
};
