import { z } from 'zod';
import { PlatformExtras } from '#core/platform-extras.ts';
import { endpoint } from './endpoint.ts';
import { ById, changesOf, Id, Instant, Nothing, nameUpTo } from './fields.ts';

export const Template = z.object({
  id: Id,
  name: z.string(),
  version: z.number(),
  subject: z.string().nullable(),
  body: z.string(),
  html: z.string().nullable(),
  /** Of official platforms: the template that they have approved, buttons, a list, a link. */
  extras: PlatformExtras.nullable(),
  variables: z.array(z.string()),
  usedBy: z.number(),
  createdAt: Instant,
  updatedAt: Instant,
});
const Fields = z.strictObject({
  name: nameUpTo(120).min(1),
  /** Only mail uses it. */
  subject: z.string().max(500).nullable().optional(),
  body: z.string().min(1).max(65_536),
  html: z.string().max(500_000).nullable().optional(),
  /** What an official platform takes beside the text; values of its template may hold variables. */
  extras: PlatformExtras.refine(({ tag }) => tag === undefined, 'a tag is for one answer by a person')
    .nullable()
    .optional(),
});

export const templates = {
  listTemplates: endpoint({
    method: 'GET',
    path: '/templates',
    summary: 'Templates',
    allows: 'templates:read',
    reply: z.object({ rows: z.array(Template) }),
  }),
  addTemplate: endpoint({
    method: 'POST',
    path: '/templates',
    summary: 'Add a template',
    allows: 'templates:write',
    body: Fields,
    status: 201,
    reply: Template,
  }),
  readTemplate: endpoint({ method: 'GET', path: '/templates/:id', summary: 'One template', allows: 'templates:read', params: ById, reply: Template }),
  changeTemplate: endpoint({
    method: 'PUT',
    path: '/templates/:id',
    summary: 'Change a template; a running campaign keeps the version it started with',
    allows: 'templates:write',
    params: ById,
    body: changesOf(Fields),
    reply: Template,
  }),
  removeTemplate: endpoint({
    method: 'DELETE',
    path: '/templates/:id',
    summary: 'Remove a template that no campaign uses',
    allows: 'templates:write',
    params: ById,
    status: 204,
    reply: Nothing,
  }),
  previewTemplate: endpoint({
    method: 'POST',
    path: '/templates/preview',
    summary: 'Render a template for a contact or for given values',
    allows: 'templates:read',
    body: z.strictObject({
      templateId: Id.optional(),
      subject: z.string().max(500).nullable().optional(),
      body: z.string().max(65_536).optional(),
      html: z.string().max(500_000).nullable().optional(),
      contactId: Id.optional(),
      values: z.record(z.string().max(80), z.union([z.string().max(10_000), z.number(), z.boolean(), z.null()])).default({}),
    }),
    reply: z.object({
      subject: z.string().nullable(),
      text: z.string(),
      html: z.string().nullable(),
      variables: z.array(z.string()),
      missing: z.array(z.string()),
      length: z.number(),
    }),
  }),
};
