import { z } from 'zod';
import { TraceStep } from '#core/trace.ts';
import { endpoint } from './endpoint.ts';
import { ById, Id, Instant, Page, pageOf } from './fields.ts';

export const Run = z.object({
  id: Id,
  accountId: Id,
  accountName: z.string(),
  flow: z.string(),
  outcome: z.string(),
  why: z.string().nullable(),
  startedAt: Instant,
  endedAt: Instant,
  /** When it and its pictures are forgotten; those of runs that failed later than others. */
  keptUntil: Instant,
  deliveryId: Id.nullable(),
  /** Of its delivery: to whom, in which campaign, and the conversation that it has become part of. */
  recipient: z.string().nullable(),
  campaignId: Id.nullable(),
  conversationId: Id.nullable(),
});
/** Those of deliveries, or those that failed: between them lie many that only read. */
export const RunKind = z.enum(['all', 'deliveries', 'troubled']);
const RunStep = TraceStep.omit({ image: true }).extend({ hasImage: z.boolean() });

export const runs = {
  listRuns: endpoint({
    method: 'GET',
    path: '/profiles/:id/runs',
    summary: 'Script runs of a profile, newest first',
    allows: 'profiles:read',
    params: ById,
    query: Page.extend({ of: RunKind.default('all') }),
    reply: pageOf(Run),
  }),
  readRun: endpoint({
    method: 'GET',
    path: '/runs/:id',
    summary: 'One run with its steps; pictures are asked for one by one',
    allows: 'traces:read',
    params: ById,
    reply: Run.extend({ steps: z.array(RunStep) }),
  }),
  readStepImage: endpoint({
    method: 'GET',
    path: '/runs/:id/steps/:step/image',
    summary: 'What the page showed after a step, counted from 0',
    allows: 'traces:read',
    params: ById.extend({ step: z.coerce.number().int().min(0).max(100_000) }),
    produces: 'image/jpeg',
    reply: z.unknown(),
  }),
};
