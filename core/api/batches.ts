import { z } from 'zod';
import { ConversationState, Priority } from '#core/conversation.ts';
import { endpoint } from './endpoint.ts';
import { ById, Id, Instant } from './fields.ts';
import { ConversationFilter } from './inbox.ts';

/** How many conversations one batch may change. */
export const mostInBatch = 10_000;

/** One change of many conversations. Until `finishedAt` it is under way; `undoneAt`: it is, or was, taken back. */
export const Batch = z.object({
  id: Id,
  total: z.number(),
  done: z.number(),
  finishedAt: Instant.nullable(),
  undoneAt: Instant.nullable(),
  createdAt: Instant,
});
/** What may be changed of many. Labels are added and taken off, so that the others stay. */
const BatchChange = z
  .strictObject({
    state: ConversationState.optional(),
    /** Only with the state `snoozed`. */
    snoozedUntil: Instant.optional(),
    isRead: z.boolean().optional(),
    assignedTo: Id.nullable().optional(),
    teamId: Id.nullable().optional(),
    priority: Priority.optional(),
    addLabelIds: z.array(Id).max(20).optional(),
    removeLabelIds: z.array(Id).max(20).optional(),
  })
  .refine((change) => (change.state === 'snoozed') === (change.snoozedUntil !== undefined), {
    path: ['snoozedUntil'],
    error: 'belongs to the state snoozed, and only to it',
  })
  .refine((change) => Object.values(change).some((value) => value !== undefined), { error: 'says nothing to change' });
const Which = {
  ids: z.array(Id).min(1).max(mostInBatch).optional(),
  /** All that fit when it begins. */
  filter: ConversationFilter.extend({ unread: z.boolean().optional(), archived: z.boolean().optional() }).optional(),
};

export const batches = {
  changeConversations: endpoint({
    method: 'POST',
    path: '/conversations/bulk',
    summary: 'Change many conversations, by their ids or by a filter; the rest follows in the background',
    allows: 'inbox:write',
    body: z
      .strictObject({ ...Which, change: BatchChange })
      .refine(({ ids, filter }) => (ids === undefined) !== (filter === undefined), { path: ['ids'], error: 'or a filter has to be given, not both' }),
    status: 202,
    reply: Batch,
  }),
  countMatching: endpoint({
    method: 'GET',
    path: '/inbox/matching',
    summary: 'How many conversations fit a filter; counted up to one more than a batch may hold',
    allows: 'inbox:read',
    query: ConversationFilter,
    reply: z.object({ conversations: z.number(), most: z.number() }),
  }),
  readBatch: endpoint({ method: 'GET', path: '/batches/:id', summary: 'How far a batch is', allows: 'inbox:read', params: ById, reply: Batch }),
  undoBatch: endpoint({
    method: 'POST',
    path: '/batches/:id/undo',
    summary: 'Take a batch back, for seven days; what was changed again since stays',
    allows: 'inbox:write',
    params: ById,
    status: 202,
    reply: Batch,
  }),
};
