import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { ById, Id, Instant, nameUpTo, Page, pageOf } from './fields.ts';
import { Contact } from './lists.ts';

/** An address in the form in which it is stored. */
export const Alias = z.object({
  kind: z.enum(['phone', 'email', 'jid', 'handle', 'scoped_id']),
  value: z.string(),
  /** As somebody typed it; null: it follows from another one, or came with a message. */
  typed: z.string().nullable(),
  /** Nobody is there any more: it is passed over. */
  isGone: z.boolean(),
});
/** Which facts of the contact that goes count from here on. */
const Taking = z.strictObject({
  name: z.boolean().default(false),
  zone: z.boolean().default(false),
  fields: z.array(z.string().max(80)).max(100).default([]),
});
export type Taking = z.output<typeof Taking>;
/** What made two contacts one, or one two. */
export const Merge = z.object({
  id: Id,
  kind: z.enum(['merge', 'split']),
  otherId: Id,
  otherName: z.string(),
  /** Who of the workspace did it; null: the program, because a platform named both together. */
  person: z.string().nullable(),
  at: Instant,
  undoneAt: Instant.nullable(),
  /** The newest one that stands can be taken back, then the one before it. */
  canUndo: z.boolean(),
});
/** How the erasing of a person stands; what it took away, in numbers. */
export const Erasure = z.object({
  id: Id,
  contactId: Id,
  state: z.enum(['running', 'done', 'failed']),
  /** Who of the workspace asked for it; null: the person did. */
  person: z.string().nullable(),
  counts: z.record(z.string(), z.number()),
  error: z.string().nullable(),
  askedAt: Instant,
  endedAt: Instant.nullable(),
});
export const Alike = z.object({
  why: z.enum(['number', 'mail', 'name']),
  contacts: z.array(Contact),
});

/** How much is known of a person: what a merge joins and what an erasure takes away. */
export const Extent = z.object({
  addresses: z.number(),
  lists: z.number(),
  conversations: z.number(),
  messages: z.number(),
  files: z.number(),
  notes: z.number(),
  campaigns: z.number(),
  consents: z.number(),
});

export const contacts = {
  listContacts: endpoint({
    method: 'GET',
    path: '/contacts',
    summary: 'Every contact, the newest first; the search looks into names and addresses',
    allows: 'lists:read',
    query: Page.extend({ search: z.string().max(100).optional() }),
    reply: pageOf(Contact),
  }),
  listAlikeContacts: endpoint({
    method: 'GET',
    path: '/contacts/alike',
    summary: 'Contacts that look like one person: the same number, mailbox or name under several',
    allows: 'lists:read',
    query: Page,
    reply: pageOf(Alike),
  }),
  listAlikeTo: endpoint({
    method: 'GET',
    path: '/contacts/:id/alike',
    summary: 'Contacts that look like the same person as this one, and why',
    allows: 'lists:read',
    params: ById,
    reply: z.object({ rows: z.array(z.object({ why: Alike.shape.why, contact: Contact })) }),
  }),
  readExtent: endpoint({
    method: 'GET',
    path: '/contacts/:id/extent',
    summary: 'How much is known of this person, in numbers',
    allows: 'lists:read',
    params: ById,
    reply: Extent,
  }),
  listAliases: endpoint({
    method: 'GET',
    path: '/contacts/:id/aliases',
    summary: 'Every address of this person',
    allows: 'lists:read',
    params: ById,
    reply: z.object({ rows: z.array(Alias) }),
  }),
  mergeContacts: endpoint({
    method: 'POST',
    path: '/contacts/:id/merge',
    summary: 'Another contact is the same person: all of it becomes part of this one, and a refusal of either is one of both',
    allows: 'lists:write',
    params: ById,
    body: z.strictObject({ otherId: Id, taking: Taking.prefault({}) }),
    reply: Contact,
  }),
  splitContact: endpoint({
    method: 'POST',
    path: '/contacts/:id/split',
    summary: 'Addresses of this person are somebody else’s: they become a contact of their own, with what was written by them',
    allows: 'lists:write',
    params: ById,
    body: z.strictObject({
      addresses: z
        .array(z.strictObject({ kind: Alias.shape.kind, value: z.string().min(1).max(320) }))
        .min(1)
        .max(50),
      name: nameUpTo(200).default(''),
    }),
    status: 201,
    reply: Contact,
  }),
  listMerges: endpoint({
    method: 'GET',
    path: '/contacts/:id/merges',
    summary: 'What was merged into this contact and taken out of it, newest first',
    allows: 'lists:read',
    params: ById,
    query: Page,
    reply: pageOf(Merge),
  }),
  undoMerge: endpoint({
    method: 'POST',
    path: '/contacts/:id/merges/:mergeId/undo',
    summary: 'Take a merge or a split back; what came since stays with this contact, a refusal counts for both',
    allows: 'lists:write',
    params: ById.extend({ mergeId: Id }),
    body: z.strictObject({}),
    reply: Contact,
  }),
  eraseContact: endpoint({
    method: 'POST',
    path: '/contacts/:id/erase',
    summary: 'Take away all that is known of this person, for good; who must not be written to stays so',
    allows: 'contacts:erase',
    params: ById,
    /** `keepAway`: nobody writes to their addresses again, also when they come in anew. */
    body: z.strictObject({ keepAway: z.boolean().default(false) }),
    status: 202,
    reply: Erasure,
  }),
  listErasures: endpoint({
    method: 'GET',
    path: '/erasures',
    summary: 'Who was erased when, at whose wish, and how much it was; newest first',
    allows: 'contacts:erase',
    query: Page,
    reply: pageOf(Erasure),
  }),
  readErasure: endpoint({
    method: 'GET',
    path: '/erasures/:id',
    summary: 'How an erasure stands',
    allows: 'contacts:erase',
    params: ById,
    reply: Erasure,
  }),
  exportContact: endpoint({
    method: 'GET',
    path: '/contacts/:id/export',
    summary: 'All that is known of this person, as one archive: facts, consent, messages, files',
    allows: 'inbox:read',
    params: ById,
    produces: 'application/zip',
    reply: z.unknown(),
  }),
  exportList: endpoint({
    method: 'GET',
    path: '/lists/:id/export',
    summary: 'Everybody on a list as a CSV file, in the order of the list, with every field',
    allows: 'lists:read',
    params: ById,
    produces: 'text/csv',
    reply: z.unknown(),
  }),
};
