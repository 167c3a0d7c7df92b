import { z } from 'zod';
import { ConsentPurpose, ConsentSource, ConsentState } from '#core/consent.ts';
import { endpoint } from './endpoint.ts';
import { ById, Id, Instant, Page, pageOf } from './fields.ts';

export const Consent = z.object({
  id: z.string(),
  /** A channel such as `email`, or `every`. */
  channel: z.string(),
  purpose: ConsentPurpose,
  state: ConsentState,
  source: ConsentSource,
  evidence: z.string(),
  /** Who of the workspace wrote it down; null: the program did. */
  person: z.string().nullable(),
  until: Instant.nullable(),
  at: Instant,
  recordedAt: Instant,
});

/** Where a person stands with the question whether they want campaigns by mail. */
export const OptIn = z.object({
  /** `over`: the link was not pressed in its time. */
  state: z.enum(['unasked', 'waiting', 'over', 'confirmed']),
  address: z.string().nullable(),
  askedAt: Instant.nullable(),
  /** How often the link that holds was mailed. */
  sends: z.number(),
  expiresAt: Instant.nullable(),
  /** Null: now. */
  againAt: Instant.nullable(),
  lists: z.array(z.object({ id: Id, name: z.string(), doubleOptIn: z.boolean() })),
});

export const consents = {
  listConsents: endpoint({
    method: 'GET',
    path: '/contacts/:id/consents',
    summary: 'What this person has agreed to and refused, and what shows it; newest first, never changed',
    allows: 'lists:read',
    params: ById,
    query: Page,
    reply: pageOf(Consent),
  }),
  recordConsent: endpoint({
    method: 'POST',
    path: '/contacts/:id/consents',
    summary: 'Write down what this person agreed to or refused; a refusal for every purpose holds for answers too',
    allows: 'lists:write',
    params: ById,
    body: z.strictObject({
      channel: z
        .string()
        .regex(/^[a-z][a-z0-9-]{0,39}$/)
        .default('every'),
      purpose: ConsentPurpose.default('marketing'),
      state: z.enum(['given', 'refused']),
      evidence: z.string().trim().min(3).max(500),
      /** When they said so; now, unless it is given. */
      at: Instant.optional(),
    }),
    status: 201,
    reply: z.object({ contactId: Id }),
  }),
  askToConfirm: endpoint({
    method: 'POST',
    path: '/lists/:id/ask-to-confirm',
    summary: 'Mail the next people of a list that asks, whom nobody has asked or whose link is over, a link to say yes',
    allows: 'lists:write',
    params: ById,
    body: z.strictObject({ most: z.number().int().min(1).max(500).default(200) }),
    reply: z.object({ asked: z.number(), hasMore: z.boolean() }),
  }),
  readOptIn: endpoint({
    method: 'GET',
    path: '/contacts/:id/opt-in',
    summary: 'Which lists this person is on, and whether they were asked and have confirmed by mail',
    allows: 'lists:read',
    params: ById,
    reply: OptIn,
  }),
  askContactToConfirm: endpoint({
    method: 'POST',
    path: '/contacts/:id/ask-to-confirm',
    summary: 'Mail this person the link of a list that asks; three times at most, a day apart',
    allows: 'lists:write',
    params: ById,
    body: z.strictObject({ listId: Id }),
    reply: OptIn,
  }),
};
