import { z } from 'zod';

const id = z.uuid();
const days = z.number().int().min(1).max(3650);
/** A day, a number or a text, as it was typed; the kind of the field says how it is compared. */
const value = z.string().max(1000);

/** One thing that is known of somebody. Every word of it has an opposite, so nothing else has to be turned round. */
export const Condition = z.discriminatedUnion('of', [
  z.strictObject({ of: z.literal('name'), is: z.enum(['like', 'unlike']), value: z.string().trim().min(1).max(200) }),
  z.strictObject({ of: z.literal('address'), is: z.enum(['known', 'unknown']), kind: z.enum(['phone', 'email', 'jid', 'handle', 'scoped_id']) }),
  z.strictObject({ of: z.literal('mail_domain'), is: z.enum(['at', 'not_at']), value: z.string().trim().toLowerCase().min(3).max(253) }),
  z.strictObject({
    of: z.literal('field'),
    field: z.string().min(1).max(80),
    is: z.enum(['equal', 'different', 'like', 'unlike', 'above', 'below', 'known', 'unknown']),
    value: value.default(''),
  }),
  z.strictObject({ of: z.literal('list'), is: z.enum(['on', 'off']), id }),
  z.strictObject({ of: z.literal('label'), is: z.enum(['with', 'without']), id }),
  z.strictObject({ of: z.literal('channel'), is: z.enum(['used', 'unused']), channel: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/) }),
  z.strictObject({ of: z.literal('consent'), is: z.enum(['given', 'refused', 'asked', 'suppressed', 'not_suppressed', 'reply_only', 'unstated']) }),
  z.strictObject({ of: z.literal('heard'), is: z.enum(['within', 'not_within']), days }),
  z.strictObject({ of: z.literal('written'), is: z.enum(['within', 'not_within']), days }),
  z.strictObject({ of: z.literal('added'), is: z.enum(['within', 'not_within']), days }),
  z.strictObject({ of: z.literal('campaign'), is: z.enum(['got', 'not_got', 'read', 'not_read', 'answered', 'not_answered', 'failed']), id }),
]);
export type Condition = z.output<typeof Condition>;

const match = z.enum(['all', 'any', 'none']);
/** Conditions and groups of them, two levels deep: what people can still read. */
const Group = z.strictObject({ match, conditions: z.array(Condition).min(1).max(20) });
export const Filter = z.strictObject({
  match,
  conditions: z
    .array(z.union([Condition, Group]))
    .min(1)
    .max(20),
});
export type Filter = z.output<typeof Filter>;

/** Segments that every workspace has: by what people usually ask first. */
export const knownSegments = {
  new: { match: 'all', conditions: [{ of: 'added', is: 'within', days: 30 }] },
  active: { match: 'all', conditions: [{ of: 'heard', is: 'within', days: 30 }] },
  silent: {
    match: 'all',
    conditions: [
      { of: 'written', is: 'within', days: 365 },
      { of: 'heard', is: 'not_within', days: 90 },
    ],
  },
  never_written: { match: 'all', conditions: [{ of: 'written', is: 'not_within', days: 3650 }] },
  agreed: {
    match: 'all',
    conditions: [
      { of: 'consent', is: 'given' },
      { of: 'consent', is: 'not_suppressed' },
    ],
  },
  unconfirmed: { match: 'all', conditions: [{ of: 'consent', is: 'asked' }] },
  reply_only: { match: 'all', conditions: [{ of: 'consent', is: 'reply_only' }] },
  suppressed: { match: 'all', conditions: [{ of: 'consent', is: 'suppressed' }] },
} as const satisfies Record<string, z.input<typeof Filter>>;
export const KnownSegment = z.enum(['new', 'active', 'silent', 'never_written', 'agreed', 'unconfirmed', 'reply_only', 'suppressed']);
export type KnownSegment = z.output<typeof KnownSegment>;
/** One of the workspace's own, or one that every workspace has. */
export const SegmentId = z.union([z.uuid(), KnownSegment]);
