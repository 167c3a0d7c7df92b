import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { ById, changesOf, Id, Instant, Nothing, nameUpTo } from './fields.ts';

/** Only people of the workspace read it. */
export const Note = z.object({
  id: Id,
  conversationId: Id,
  person: z.object({ id: Id, name: z.string() }).nullable(),
  text: z.string(),
  mentions: z.array(z.object({ id: Id, name: z.string() })),
  at: Instant,
});
/** What somebody has begun to write; the key makes a retry, from any device, the same send. */
export const Draft = z.strictObject({ text: z.string().max(65_536), clientKey: z.string().min(1).max(100) });
export const CannedAnswer = z.object({ id: Id, shortcut: z.string(), body: z.string(), updatedAt: Instant });
const CannedFields = z.strictObject({
  /** What is typed after the slash. */
  shortcut: z.string().regex(/^(?:(?!\p{Default_Ignorable_Code_Point})[\p{L}\p{N}_-]){1,40}$/u, 'takes letters, digits, - and _, at most 40'),
  /** May hold variables of the contact, such as {{first_name}}. */
  body: z.string().trim().min(1).max(10_000),
});
/** What the address bar of the inbox says. */
const ViewFilter = z.record(z.string().max(40), z.string().max(200)).refine((filter) => Object.keys(filter).length <= 20, 'has too many parts');
export const SavedView = z.object({ id: Id, name: z.string(), filter: z.record(z.string(), z.string()), isShared: z.boolean() });

/** What people write beside messages. */
export const desk = {
  listAttending: endpoint({
    method: 'GET',
    path: '/conversations/:id/attending',
    summary: 'Who else has this conversation open now',
    allows: 'inbox:read',
    params: ById,
    reply: z.object({ rows: z.array(z.object({ id: Id, name: z.string(), isWriting: z.boolean(), until: Instant })) }),
  }),
  listNotes: endpoint({
    method: 'GET',
    path: '/conversations/:id/notes',
    summary: 'Private notes, oldest first',
    allows: 'inbox:read',
    params: ById,
    reply: z.object({ rows: z.array(Note) }),
  }),
  addNote: endpoint({
    method: 'POST',
    path: '/conversations/:id/notes',
    summary: 'Write a private note; @username mentions somebody',
    allows: 'inbox:write',
    params: ById,
    body: z.strictObject({ text: z.string().trim().min(1).max(10_000) }),
    status: 201,
    reply: Note,
  }),
  readDraft: endpoint({
    method: 'GET',
    path: '/conversations/:id/draft',
    summary: 'What you have begun to write here',
    allows: 'inbox:write',
    params: ById,
    reply: z.object({ draft: Draft.nullable() }),
  }),
  keepDraft: endpoint({
    method: 'PUT',
    path: '/conversations/:id/draft',
    summary: 'Keep what you have begun to write; an empty text forgets it',
    allows: 'inbox:write',
    params: ById,
    body: Draft,
    status: 204,
    reply: Nothing,
  }),
  listCannedFor: endpoint({
    method: 'GET',
    path: '/conversations/:id/canned-answers',
    summary: 'Canned answers, filled in for this person; what is missing is named',
    allows: 'inbox:read',
    params: ById,
    reply: z.object({ rows: z.array(CannedAnswer.extend({ text: z.string(), missing: z.array(z.string()) })) }),
  }),
  listCannedAnswers: endpoint({
    method: 'GET',
    path: '/canned-answers',
    summary: 'Answers that are written once and used by their name',
    allows: 'inbox:read',
    reply: z.object({ rows: z.array(CannedAnswer) }),
  }),
  addCannedAnswer: endpoint({
    method: 'POST',
    path: '/canned-answers',
    summary: 'Add a canned answer',
    allows: 'inbox:write',
    body: CannedFields,
    status: 201,
    reply: CannedAnswer,
  }),
  changeCannedAnswer: endpoint({
    method: 'PATCH',
    path: '/canned-answers/:id',
    summary: 'Change a canned answer',
    allows: 'inbox:write',
    params: ById,
    body: changesOf(CannedFields),
    reply: CannedAnswer,
  }),
  removeCannedAnswer: endpoint({
    method: 'DELETE',
    path: '/canned-answers/:id',
    summary: 'Remove a canned answer',
    allows: 'inbox:write',
    params: ById,
    status: 204,
    reply: Nothing,
  }),
  listSavedViews: endpoint({
    method: 'GET',
    path: '/saved-views',
    summary: 'Views of the inbox that are yours or everybody’s',
    allows: 'inbox:read',
    reply: z.object({ rows: z.array(SavedView) }),
  }),
  addSavedView: endpoint({
    method: 'POST',
    path: '/saved-views',
    summary: 'Keep a view of the inbox by name, for yourself or everybody',
    allows: 'inbox:write',
    body: z.strictObject({ name: nameUpTo(80).min(1), filter: ViewFilter, isShared: z.boolean().default(false) }),
    status: 201,
    reply: SavedView,
  }),
  removeSavedView: endpoint({
    method: 'DELETE',
    path: '/saved-views/:id',
    summary: 'Remove a view: one of yours, or of everybody',
    allows: 'inbox:write',
    params: ById,
    status: 204,
    reply: Nothing,
  }),
};
