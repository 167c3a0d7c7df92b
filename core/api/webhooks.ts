import { z } from 'zod';
import { Platform, PlatformEvent } from '#core/platform-event.ts';
import { endpoint } from './endpoint.ts';
import { ById, Flag, Id, Instant, Page, pageOf } from './fields.ts';

/** `unassigned`: no account of this installation is named in it. `failed`: it was tried until nobody believed in it any more. */
export const WebhookState = z.enum(['pending', 'processed', 'unassigned', 'failed']);

export const Webhook = z.object({
  id: Id,
  platform: Platform,
  state: WebhookState,
  /** Null where it is nobody's, or of several workspaces: shown to admins of the installation. */
  workspaceId: Id.nullable(),
  receivedAt: Instant,
  processedAt: Instant.nullable(),
  /** The name of the secret that had signed it. */
  signedBy: z.string(),
  bytes: z.number(),
  kinds: z.array(z.string()),
  unknown: z.number(),
  attempts: z.number(),
  error: z.string().nullable(),
});

const WebhookDetail = Webhook.extend({
  headers: z.record(z.string(), z.string()),
  /** SHA-256 of the bytes, in hex. */
  digest: z.string(),
  /** As it came, read as UTF-8. */
  body: z.string(),
  /** What was understood when it was processed. */
  events: z.array(PlatformEvent),
  /** What the parser of today understands; null where it is not JSON. */
  eventsToday: z.array(PlatformEvent).nullable(),
  isSame: z.boolean(),
});

export const webhooks = {
  listWebhooks: endpoint({
    method: 'GET',
    path: '/webhooks',
    summary: 'What platforms have sent, newest first, as it was kept',
    allows: 'audit:read',
    query: Page.extend({
      platform: Platform.optional(),
      state: WebhookState.optional(),
      /** One that holds at least one event of this kind. */
      kind: z.string().max(40).optional(),
      signedBy: z.string().max(80).optional(),
      hasUnknown: Flag.optional(),
      from: Instant.optional(),
      to: Instant.optional(),
    }),
    reply: pageOf(Webhook),
  }),
  listWebhookRefusals: endpoint({
    method: 'GET',
    path: '/webhooks/refusals',
    summary: 'How many bodies were turned away because nobody known had signed them, by day; for admins of the installation',
    allows: 'audit:read',
    reply: z.object({
      rows: z.array(
        z.object({
          platform: Platform,
          reason: z.enum(['unsigned', 'forged']),
          day: z.iso.date(),
          count: z.number(),
          lastAt: Instant,
          sample: z.string(),
        }),
      ),
    }),
  }),
  readWebhook: endpoint({
    method: 'GET',
    path: '/webhooks/:id',
    summary: 'One body with its events, then and today',
    allows: 'audit:read',
    params: ById,
    reply: WebhookDetail,
  }),
  replayWebhooks: endpoint({
    method: 'POST',
    path: '/webhooks/replay',
    summary: 'Process bodies once more; what was taken in before does not change',
    allows: 'workspace:write',
    /** Those of these ids, or all of a state. */
    body: z
      .strictObject({ ids: z.array(Id).min(1).max(500).optional(), state: WebhookState.optional(), platform: Platform.optional() })
      .refine(({ ids, state }) => (ids === undefined) !== (state === undefined), { error: 'give ids or a state', path: ['ids'] }),
    status: 202,
    reply: z.object({ replayed: z.number() }),
  }),
};
