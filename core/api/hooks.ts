import { z } from 'zod';
import { Event, EventCursor } from '#core/events.ts';
import { hookKinds, wrongHeader } from '#core/hooks.ts';
import { endpoint } from './endpoint.ts';
import { ById, changesOf, Id, Instant, Name, Nothing, Page, pageOf } from './fields.ts';

const HookUrl = z
  .url({ protocol: /^https?$/, error: 'has to be an address such as https://example.com/patchbay' })
  .max(2000)
  .refine((url) => !URL.canParse(url) || (!new URL(url).username && !new URL(url).password), 'may not hold a user name or password: use a header');
const Headers = z
  .record(z.string(), z.string())
  .refine((headers) => Object.keys(headers).length <= 20, 'takes 20 headers at most')
  .superRefine((headers, context) => {
    for (const [name, value] of Object.entries(headers)) {
      const message = wrongHeader(name, value);
      if (message) context.addIssue({ code: 'custom', message });
    }
  });
const HookFields = z.strictObject({
  name: Name,
  url: HookUrl,
  kinds: z
    .array(z.enum(hookKinds))
    .min(1)
    .transform((kinds) => [...new Set(kinds)]),
  /** Accounts and profiles; none: all of them. What belongs to no account is told either way. */
  accountIds: z.array(Id).max(200).default([]),
  /** Sent with each post; a reply names them and keeps their values to itself. */
  headers: Headers.default({}),
  /** Whether what happens in one conversation waits until what happened before was taken. */
  keepsOrder: z.boolean().default(false),
  isOn: z.boolean().default(true),
});

export const Hook = z.object({
  id: Id,
  name: z.string(),
  url: z.string(),
  kinds: z.array(z.enum(hookKinds)),
  accountIds: z.array(Id),
  headerNames: z.array(z.string()),
  keepsOrder: z.boolean(),
  isOn: z.boolean(),
  /** Why Patchbay switched it off: nothing was taken for days, or its owner answered 410. */
  offWhy: z.enum(['failing', 'gone']).nullable(),
  failingSince: Instant.nullable(),
  waiting: z.number(),
  dead: z.number(),
  createdAt: Instant,
});
/** The reply that makes a secret is the only one that holds it. */
const WithSecret = Hook.extend({ secret: z.string() });

/** `waiting`: it is tried, or tried again. `dead`: nobody tries it any more until a person says so. */
export const HookPostState = z.enum(['waiting', 'taken', 'dead']);
export const HookPost = z.object({
  /** What the receiver sees as webhook-id, at each try the same. */
  id: Id,
  hookId: Id,
  hookName: z.string(),
  kind: z.string(),
  subject: z.record(z.string(), z.unknown()),
  state: HookPostState,
  happenedAt: Instant,
  attempts: z.number(),
  /** When it is tried next; null once it is settled. */
  dueAt: Instant.nullable(),
  settledAt: Instant.nullable(),
  status: z.number().nullable(),
  error: z.string().nullable(),
});
const HookTry = z.object({
  at: Instant,
  ms: z.number(),
  status: z.number().nullable(),
  error: z.string().nullable(),
  /** Without the signature, and without the values of headers of one's own. */
  request: z.record(z.string(), z.string()),
  reply: z.record(z.string(), z.string()).nullable(),
  /** The beginning of the answer's body. */
  replyBody: z.string().nullable(),
});
const Which = z
  .strictObject({
    ids: z.array(Id).min(1).max(500).optional(),
    hookId: Id.optional(),
    state: z.literal('dead').optional(),
    from: Instant.optional(),
    to: Instant.optional(),
  })
  .refine(
    ({ ids, hookId, state, from, to }) =>
      [ids && !hookId, hookId && state && !ids, hookId && from && to && !state && !ids].filter(Boolean).length === 1,
    {
      error: 'give ids, or hookId and state: dead, or hookId, from and to',
      path: ['ids'],
    },
  );

/** Addresses outside that are told what happens here, and what became of each telling. */
export const hooks = {
  listHooks: endpoint({
    method: 'GET',
    path: '/hooks',
    summary: 'Addresses that are told what happens here',
    allows: 'audit:read',
    reply: z.object({ rows: z.array(Hook) }),
  }),
  readHook: endpoint({ method: 'GET', path: '/hooks/:id', summary: 'One of them', allows: 'audit:read', params: ById, reply: Hook }),
  addHook: endpoint({
    method: 'POST',
    path: '/hooks',
    summary: 'Tell another address; the reply alone holds the secret that its posts are signed with',
    allows: 'workspace:write',
    body: HookFields,
    status: 201,
    reply: WithSecret,
  }),
  changeHook: endpoint({
    method: 'PATCH',
    path: '/hooks/:id',
    summary: 'Change a hook, or switch it on or off; headers that are given take the place of all',
    allows: 'workspace:write',
    params: ById,
    body: changesOf(HookFields),
    reply: Hook,
  }),
  renewHookSecret: endpoint({
    method: 'POST',
    path: '/hooks/:id/secret',
    summary: 'Sign with another secret from now on; the reply alone holds it',
    allows: 'workspace:write',
    params: ById,
    reply: WithSecret,
  }),
  removeHook: endpoint({
    method: 'DELETE',
    path: '/hooks/:id',
    summary: 'Remove a hook with what it was to be told',
    allows: 'workspace:write',
    params: ById,
    status: 204,
    reply: Nothing,
  }),
  testHook: endpoint({
    method: 'POST',
    path: '/hooks/:id/test',
    summary: 'Post a test to a hook, also to one that is off',
    allows: 'workspace:write',
    params: ById,
    status: 202,
    reply: HookPost,
  }),
  listHookPosts: endpoint({
    method: 'GET',
    path: '/hook-posts',
    summary: 'What hooks were told, newest first',
    allows: 'audit:read',
    query: Page.extend({
      hookId: Id.optional(),
      state: HookPostState.optional(),
      kind: z.string().max(40).optional(),
      from: Instant.optional(),
      to: Instant.optional(),
    }),
    reply: pageOf(HookPost),
  }),
  readHookPost: endpoint({
    method: 'GET',
    path: '/hook-posts/:id',
    summary: 'One post with its tries',
    allows: 'audit:read',
    params: ById,
    reply: HookPost.extend({ tries: z.array(HookTry) }),
  }),
  replayHookPosts: endpoint({
    method: 'POST',
    path: '/hook-posts/replay',
    summary: 'Post again, under the same ids: those of these ids, the dead ones of a hook, or those of a time',
    allows: 'workspace:write',
    body: Which,
    status: 202,
    reply: z.object({ replayed: z.number() }),
  }),
  listEvents: endpoint({
    method: 'GET',
    path: '/events',
    summary: 'What happened in the workspace, newest first; a week is kept',
    allows: 'audit:read',
    query: Page.extend({ kind: z.string().max(40).optional(), accountId: Id.optional() }),
    reply: pageOf(z.object({ id: EventCursor, at: Instant, event: Event })),
  }),
};
