import { z } from 'zod';
import { templateKey } from '#core/platform-extras.ts';
import { endpoint } from './endpoint.ts';
import { ById, Id, Instant, Nothing } from './fields.ts';

const Components = z.array(z.record(z.string(), z.unknown()));
export const PlatformTemplate = z.object({
  externalId: z.string(),
  name: z.string(),
  language: z.string(),
  category: z.string(),
  /** In the platform's words: PENDING, APPROVED, REJECTED, PAUSED, DISABLED … */
  status: z.string(),
  reason: z.string().nullable(),
  /** What people make of it, in the platform’s words: GREEN, YELLOW, RED; null: nothing is known yet. */
  quality: z.string().nullable(),
  components: Components,
  syncedAt: Instant,
});

/** Templates that a platform approves; Patchbay's own, which may name one of these, are under /templates. */
export const platformTemplates = {
  listPlatformTemplates: endpoint({
    method: 'GET',
    path: '/platforms/:id/templates',
    summary: 'Templates of the account’s business, as they were when it was last synced',
    allows: 'templates:read',
    params: ById,
    reply: z.object({ rows: z.array(PlatformTemplate) }),
  }),
  addPlatformTemplate: endpoint({
    method: 'POST',
    path: '/platforms/:id/templates',
    summary: 'Hand in a template to be approved; what would surely be refused is refused at once, by the field',
    allows: 'templates:write',
    params: ById,
    body: z.strictObject({
      template: z.strictObject({
        ...templateKey,
        category: z.enum(['MARKETING', 'UTILITY', 'AUTHENTICATION']),
        components: Components.min(1).max(10),
      }),
    }),
    status: 201,
    reply: z.object({ rows: z.array(PlatformTemplate) }),
  }),
  removePlatformTemplate: endpoint({
    method: 'DELETE',
    path: '/platforms/:id/templates/:name',
    summary: 'Delete a template in all its languages',
    allows: 'templates:write',
    params: z.strictObject({ id: Id, name: templateKey.name }),
    status: 204,
    reply: Nothing,
  }),
};
