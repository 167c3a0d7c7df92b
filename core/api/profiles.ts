import { z } from 'zod';
import { Ceilings } from '#core/policy.ts';
import { ProfileState } from '#core/profile.ts';
import { endpoint } from './endpoint.ts';
import { ById, changesOf, Id, Instant, Locale, Name, Nothing, OwnPace, Tags, Zone } from './fields.ts';
import { ProfileExit } from './proxies.ts';
import { upkeep } from './upkeep.ts';

const Shared = {
  id: Id,
  name: z.string(),
  channel: z.string(),
  identity: z.string().nullable(),
  pausedAt: Instant.nullable(),
  pauseReason: z.string().nullable(),
  /** Deliveries that wait on this account, and when the next one is due. */
  queued: z.number(),
  nextAt: Instant.nullable(),
  waitReason: z.string().nullable(),
  /** Sends of the last 24 hours, and the ceiling that binds them. */
  usedToday: z.number(),
  limitToday: z.number().nullable(),
  /** Which day of its warm-up it is, and the part of its ceilings that it may use; null when that is over or switched off. */
  warmUp: z
    .object({
      day: z.number(),
      share: z.number(),
      /** When and why it went back a step. */
      setBack: z.object({ at: Instant, why: z.enum(['restricted', 'too_many_failed']) }).nullable(),
    })
    .nullable(),
  unread: z.number(),
  uncertain: z.number(),
  lastError: z.string().nullable(),
  lastErrorAt: Instant.nullable(),
};
/** Anything that sends: what a campaign chooses its senders from. */
export const Account = z.object({ ...Shared, kind: z.enum(['web', 'email', 'meta']), state: ProfileState.nullable() });
export const Profile = z.object({
  ...Shared,
  ...ProfileExit,
  /** Empty: in no group. */
  group: z.string(),
  tags: z.array(z.string()),
  /** What people should know about it. */
  notes: z.string(),
  baseUrl: z.string(),
  locale: z.string(),
  zone: z.string(),
  stealth: z.boolean(),
  pace: OwnPace,
  ceilings: Ceilings,
  wanted: z.enum(['stopped', 'running']),
  state: ProfileState,
  stateWhy: z.string().nullable(),
  stateAt: Instant,
  stateUntil: Instant.nullable(),
  /** When its browser was opened the last time. */
  launchedAt: Instant.nullable(),
  ...upkeep,
  createdAt: Instant,
  updatedAt: Instant,
});
export const Fields = z.strictObject({
  name: Name,
  channel: z.string().min(1).max(40),
  /** Null goes out directly: it has to be said, because a missing proxy must never mean the own address by accident. */
  proxyId: Id.nullable().default(null),
  /** Chooses a proxy of this pool, once. With `proxyId`, that one of the pool. */
  poolId: Id.nullable().default(null),
  group: z.string().trim().max(40).default(''),
  tags: Tags.default([]),
  notes: z.string().trim().max(2000).default(''),
  baseUrl: z
    .url({ protocol: /^https?$/ })
    .max(500)
    // It is shown to everybody who sees the profile.
    .refine(holdsNobody, 'may not hold a user name or password')
    .optional(),
  locale: Locale.default('en-US'),
  zone: Zone.default('UTC'),
  stealth: z.boolean().default(false),
  pace: OwnPace.default({}),
  ceilings: Ceilings.default({}),
});

/** Without `user:password@`. */
function holdsNobody(text: string): boolean {
  if (!URL.canParse(text)) return true;
  const { username, password } = new URL(text);
  return !username && !password;
}

/** Where the login stands; `qr` is the text that the phone scans, drawn by the reader. It is a credential while it lives. */
export const LoginStep = z.object({
  state: ProfileState,
  why: z.string().nullable(),
  qr: z.string().nullable(),
  qrAt: Instant.nullable(),
  /** Shown on the page, to be typed into the phone. */
  linkCode: z.string().nullable(),
  identity: z.string().nullable(),
});
export const profiles = {
  listAccounts: endpoint({
    method: 'GET',
    path: '/accounts',
    summary: 'Everything that can send',
    allows: 'profiles:read',
    reply: z.object({ rows: z.array(Account) }),
  }),
  pauseAccount: endpoint({
    method: 'POST',
    path: '/accounts/:id/pause',
    summary: 'Let nothing out of this account',
    allows: 'profiles:run',
    params: ById,
    reply: Account,
  }),
  resumeAccount: endpoint({
    method: 'POST',
    path: '/accounts/:id/resume',
    summary: 'Let the account send again',
    allows: 'profiles:run',
    params: ById,
    reply: Account,
  }),
  listPacks: endpoint({
    method: 'GET',
    path: '/packs',
    summary: 'The web messengers that can be driven',
    allows: 'packs:read',
    reply: z.object({
      rows: z.array(
        z.object({
          name: z.string(),
          title: z.string(),
          version: z.string(),
          baseUrl: z.string(),
          signsInBy: z.array(z.enum(['qr', 'code', 'password', 'phone'])),
        }),
      ),
    }),
  }),
  listProfiles: endpoint({
    method: 'GET',
    path: '/profiles',
    summary: 'Profiles, those that need a person first',
    allows: 'profiles:read',
    reply: z.object({ rows: z.array(Profile) }),
  }),
  addProfile: endpoint({
    method: 'POST',
    path: '/profiles',
    summary: 'Add a profile',
    allows: 'profiles:write',
    body: Fields,
    status: 201,
    reply: Profile,
  }),
  readProfile: endpoint({ method: 'GET', path: '/profiles/:id', summary: 'One profile', allows: 'profiles:read', params: ById, reply: Profile }),
  changeProfile: endpoint({
    method: 'PATCH',
    path: '/profiles/:id',
    summary: 'Change a profile; proxy, locale, zone and address only while it is stopped',
    allows: 'profiles:write',
    params: ById,
    body: changesOf(Fields.omit({ channel: true })),
    reply: Profile,
  }),
  removeProfile: endpoint({
    method: 'DELETE',
    path: '/profiles/:id',
    summary: 'Remove a stopped profile and its browser data',
    allows: 'profiles:write',
    params: ById,
    status: 204,
    reply: Nothing,
  }),
  startProfile: endpoint({
    method: 'POST',
    path: '/profiles/:id/start',
    summary: 'Open the browser of the profile',
    allows: 'profiles:run',
    params: ById,
    status: 202,
    reply: Profile,
  }),
  stopProfile: endpoint({
    method: 'POST',
    path: '/profiles/:id/stop',
    summary: 'Close the browser; the login is kept',
    allows: 'profiles:run',
    params: ById,
    status: 202,
    reply: Profile,
  }),
  readScreenshot: endpoint({
    method: 'GET',
    path: '/profiles/:id/screenshot',
    summary: 'What the browser shows now',
    allows: 'profiles:read',
    params: ById,
    produces: 'image/png',
    reply: z.unknown(),
  }),
  readMe: endpoint({
    method: 'GET',
    path: '/profiles/:id/me',
    summary: 'Who the messenger says this profile is',
    allows: 'profiles:read',
    params: ById,
    reply: z.object({ identity: z.string().nullable(), state: ProfileState }),
  }),
  readUnread: endpoint({
    method: 'GET',
    path: '/profiles/:id/unread',
    summary: 'Conversations with unread messages, seen on the page; opens none',
    allows: 'inbox:read',
    params: ById,
    reply: z.object({ rows: z.array(z.object({ conversation: z.string(), name: z.string(), count: z.number() })) }),
  }),
  readDialogs: endpoint({
    method: 'GET',
    path: '/profiles/:id/dialogs',
    summary: 'Conversations that the page lists',
    allows: 'inbox:read',
    params: ById,
    reply: z.object({ rows: z.array(z.object({ conversation: z.string(), name: z.string(), unread: z.number() })) }),
  }),
  readLogin: endpoint({
    method: 'GET',
    path: '/profiles/:id/login',
    summary: 'Where the login stands',
    allows: 'profiles:run',
    params: ById,
    reply: LoginStep,
  }),
  loginByQr: endpoint({
    method: 'POST',
    path: '/profiles/:id/login/qr',
    summary: 'Start the profile if needed and show a fresh code',
    allows: 'profiles:run',
    params: ById,
    status: 202,
    reply: LoginStep,
  }),
  loginByCode: endpoint({
    method: 'POST',
    path: '/profiles/:id/login/code',
    summary: 'Give a phone number to get a code, or the code that arrived',
    allows: 'profiles:run',
    params: ById,
    body: z
      .strictObject({ phone: z.string().max(32).optional(), code: z.string().max(32).optional() })
      .refine((body) => body.phone || body.code, 'give a phone number or a code'),
    status: 202,
    reply: LoginStep,
  }),
  loginByPassword: endpoint({
    method: 'POST',
    path: '/profiles/:id/login/password',
    summary: 'Sign in with a password, or answer the second step',
    allows: 'profiles:run',
    params: ById,
    /** `remember` seals them, so that a profile that is asked again signs in by itself. */
    body: z.strictObject({ username: z.string().max(200).optional(), password: z.string().min(1).max(500), remember: z.boolean().default(false) }),
    status: 202,
    reply: LoginStep,
  }),
};
