import { z } from 'zod';
import { FieldKind } from '#core/contact-field.ts';
import { Filter, SegmentId } from '#core/segment.ts';
import { endpoint } from './endpoint.ts';
import { ById, changesOf, Id, Instant, Nothing, nameUpTo, Page, pageOf } from './fields.ts';
import { Contact } from './lists.ts';

export const Segment = z.object({
  id: SegmentId,
  /** Of one that every workspace has: the word it goes by. */
  name: z.string(),
  isKnown: z.boolean(),
  filter: Filter,
  createdAt: Instant.nullable(),
  updatedAt: Instant.nullable(),
});
const SegmentFields = z.strictObject({ name: nameUpTo(120).min(1), filter: Filter });
const BySegment = z.strictObject({ id: SegmentId });

/** What a workspace wants to know of people. Its `key` is the name as templates and files spell it. */
export const ContactField = z.object({
  id: Id,
  key: z.string(),
  name: z.string(),
  kind: FieldKind,
  choices: z.array(z.string()),
  createdAt: Instant,
  updatedAt: Instant,
});
const choices = z.array(z.string().trim().min(1).max(80)).max(50);

export const segments = {
  listSegments: endpoint({
    method: 'GET',
    path: '/segments',
    summary: 'People by what is known of them: segments that every workspace has, and its own',
    allows: 'lists:read',
    reply: z.object({ rows: z.array(Segment) }),
  }),
  addSegment: endpoint({
    method: 'POST',
    path: '/segments',
    summary: 'Add a segment',
    allows: 'lists:write',
    body: SegmentFields,
    status: 201,
    reply: Segment,
  }),
  countPeople: endpoint({
    method: 'POST',
    path: '/segments/count',
    summary: 'How many people a filter means right now, and a few of them',
    allows: 'lists:read',
    body: z.strictObject({ filter: Filter }),
    reply: z.object({ people: z.number(), some: z.array(Contact) }),
  }),
  readSegment: endpoint({ method: 'GET', path: '/segments/:id', summary: 'One segment', allows: 'lists:read', params: BySegment, reply: Segment }),
  changeSegment: endpoint({
    method: 'PATCH',
    path: '/segments/:id',
    summary: 'Rename a segment or change its filter; campaigns that are under way keep whom they planned for',
    allows: 'lists:write',
    params: ById,
    body: changesOf(SegmentFields),
    reply: Segment,
  }),
  removeSegment: endpoint({
    method: 'DELETE',
    path: '/segments/:id',
    summary: 'Remove a segment; its people stay',
    allows: 'lists:write',
    params: ById,
    status: 204,
    reply: Nothing,
  }),
  listSegmentPeople: endpoint({
    method: 'GET',
    path: '/segments/:id/people',
    summary: 'Who is in a segment right now, the newest first',
    allows: 'lists:read',
    params: BySegment,
    query: Page.extend({ search: z.string().max(100).optional() }),
    reply: pageOf(Contact),
  }),
  exportSegment: endpoint({
    method: 'GET',
    path: '/segments/:id/export',
    summary: 'Everybody who is in a segment right now as a CSV file, the newest first, with every field',
    allows: 'lists:read',
    params: BySegment,
    produces: 'text/csv',
    reply: z.unknown(),
  }),
  listContactFields: endpoint({
    method: 'GET',
    path: '/contact-fields',
    summary: 'What is asked of people beside name and addresses',
    allows: 'lists:read',
    reply: z.object({ rows: z.array(ContactField) }),
  }),
  addContactField: endpoint({
    method: 'POST',
    path: '/contact-fields',
    summary: 'Add a field; values that are there already stay as they are until somebody changes them',
    allows: 'lists:write',
    body: z.strictObject({ name: nameUpTo(80).min(1), kind: FieldKind.default('text'), choices: choices.default([]) }),
    status: 201,
    reply: ContactField,
  }),
  changeContactField: endpoint({
    method: 'PATCH',
    path: '/contact-fields/:id',
    summary: 'Rename a field as it is shown, or change its choices',
    allows: 'lists:write',
    params: ById,
    body: z.strictObject({ name: nameUpTo(80).min(1).optional(), choices: choices.optional() }),
    reply: ContactField,
  }),
  removeContactField: endpoint({
    method: 'DELETE',
    path: '/contact-fields/:id',
    summary: 'Remove a field; what is known of people stays',
    allows: 'lists:write',
    params: ById,
    status: 204,
    reply: Nothing,
  }),
};
