import { z } from 'zod';
import { ConnectionLogin, ConnectionState } from '#core/connection.ts';
import { GraphVersion } from '#core/graph-version.ts';
import { Platform } from '#core/platform-event.ts';
import { endpoint } from './endpoint.ts';
import { ById, Id, Instant, Name, Nothing } from './fields.ts';

/** An id that Meta gives; nothing else may become part of an address. */
export const PlatformId = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9_-]{1,80}$/, 'is not an id of the platform');
const Token = z
  .string()
  .trim()
  .min(10)
  .max(2000)
  .regex(/^[\x21-\x7e]+$/, 'holds a sign that no token has');
/** One of the hosts that the settings name; without it the first of them. */
const GraphUrl = z.url({ protocol: /^https?$/ }).max(200);

/** An account at WhatsApp Cloud, Messenger or Instagram. No reply ever holds its token. */
export const PlatformAccount = z.object({
  id: Id,
  name: z.string(),
  platform: Platform,
  channel: z.string(),
  /** The id under which webhooks name it: of a phone number, a page, an Instagram account. */
  externalId: z.string(),
  businessId: z.string().nullable(),
  /** As people know it: a number, a page, a user name. */
  username: z.string().nullable(),
  login: ConnectionLogin,
  graphUrl: z.string(),
  graphVersion: z.string(),
  state: ConnectionState,
  /** What the platform said when it stopped taking the token. */
  stateWhy: z.string().nullable(),
  isActive: z.boolean(),
  connectedAt: Instant,
  disconnectedAt: Instant.nullable(),
  /** When time ends the token; null: it does not. */
  expiresAt: Instant.nullable(),
  /** What ends first, if anything does. */
  ends: z.object({ what: z.enum(['token', 'data', 'version']), at: Instant }).nullable(),
  /** Whether webhooks are told to this installation. */
  subscribedAt: Instant.nullable(),
  checkedAt: Instant.nullable(),
  syncedAt: Instant.nullable(),
  isSyncing: z.boolean(),
  syncError: z.string().nullable(),
  /** What the platform last said that people have to know, and who; until somebody has taken note. */
  warning: z.object({ at: Instant, whom: z.enum(['operator', 'admin']), text: z.string() }).nullable(),
  /** Until when the platform wants nothing from it. */
  restsUntil: Instant.nullable(),
  /** What the platform says about a number: how it is shown, how good, how much it may send. */
  facts: z.record(z.string(), z.string()),
});

const GraphChoice = { graphUrl: GraphUrl.optional(), graphVersion: GraphVersion.optional() };
/** Where the browser goes next; the platform sends it back to the callback. */
const LogIn = z.object({ connectId: Id, url: z.string(), expiresAt: Instant });
const Choice = z.object({
  externalId: z.string(),
  name: z.string(),
  username: z.string().nullable(),
  /** Whether it is connected already: choosing it again renews its token. */
  isConnected: z.boolean(),
  /** What the person did not allow, and without which it cannot work. */
  missing: z.array(z.string()),
});

export const platforms = {
  listPlatforms: endpoint({
    method: 'GET',
    path: '/platforms',
    summary: 'Accounts at WhatsApp Cloud, Messenger and Instagram; those that need a person first',
    allows: 'profiles:read',
    reply: z.object({ rows: z.array(PlatformAccount) }),
  }),
  readPlatformSetup: endpoint({
    method: 'GET',
    path: '/platforms/setup',
    summary: 'What the settings allow to connect, and what to enter at Meta',
    allows: 'profiles:read',
    reply: z.object({
      /** By which log-in; none: the app’s id or secret is missing. */
      instagram: z.array(ConnectionLogin),
      messenger: z.array(ConnectionLogin),
      redirectUri: z.string(),
      webhookUrls: z.record(Platform, z.string()),
      graphUrls: z.array(z.string()),
      graphVersion: z.string(),
      phoneNumberId: z.string().nullable(),
      businessId: z.string().nullable(),
    }),
  }),
  connectInstagram: endpoint({
    method: 'POST',
    path: '/platforms/instagram/connect',
    summary: 'Begin the log-in for an Instagram account; open the url in this browser',
    allows: 'accounts:write',
    body: z.strictObject({ ...GraphChoice, login: z.enum(['instagram', 'facebook']).optional() }),
    reply: LogIn,
  }),
  connectMessenger: endpoint({
    method: 'POST',
    path: '/platforms/messenger/connect',
    summary: 'Begin the log-in for the Messenger of a page; open the url in this browser',
    allows: 'accounts:write',
    body: z.strictObject(GraphChoice),
    reply: LogIn,
  }),
  connectWhatsapp: endpoint({
    method: 'POST',
    path: '/platforms/whatsapp/connect',
    summary: 'Connect a number of WhatsApp Cloud; its token is tried at once',
    allows: 'accounts:write',
    body: z.strictObject({
      ...GraphChoice,
      name: Name.optional(),
      token: Token,
      phoneNumberId: PlatformId.optional(),
      businessId: PlatformId.optional(),
    }),
    status: 201,
    reply: PlatformAccount,
  }),
  readPlatform: endpoint({
    method: 'GET',
    path: '/platforms/:id',
    summary: 'One account at a platform',
    allows: 'profiles:read',
    params: ById,
    reply: PlatformAccount,
  }),
  changePlatform: endpoint({
    method: 'PATCH',
    path: '/platforms/:id',
    summary: 'Change the name, the host or version of Graph, or the token of a WhatsApp number',
    allows: 'accounts:write',
    params: ById,
    body: z.strictObject({ ...GraphChoice, name: Name.optional(), token: Token.optional() }),
    reply: PlatformAccount,
  }),
  disconnectPlatform: endpoint({
    method: 'DELETE',
    path: '/platforms/:id',
    summary: 'Disconnect: the token is forgotten, webhooks end, conversations stay',
    allows: 'accounts:write',
    params: ById,
    status: 204,
    reply: Nothing,
  }),
  subscribePlatform: endpoint({
    method: 'POST',
    path: '/platforms/:id/subscribe',
    summary: 'Ask the platform once more for its webhooks',
    allows: 'accounts:write',
    params: ById,
    reply: PlatformAccount,
  }),
  syncPlatform: endpoint({
    method: 'POST',
    path: '/platforms/:id/sync',
    summary: 'Fetch what the platform lists: conversations, or of a number its state and templates',
    allows: 'profiles:run',
    params: ById,
    status: 202,
    reply: PlatformAccount,
  }),
  dismissPlatformWarning: endpoint({
    method: 'DELETE',
    path: '/platforms/:id/warning',
    summary: 'Take note of what the platform has warned of; a rest that came with it ends',
    allows: 'profiles:run',
    params: ById,
    status: 204,
    reply: Nothing,
  }),
  readPlatformConnect: endpoint({
    method: 'GET',
    path: '/platform-connects/:id',
    summary: 'What a log-in at the platform has brought, for the person who began it',
    allows: 'accounts:write',
    params: ById,
    reply: z.object({ id: Id, platform: Platform, expiresAt: Instant, choices: z.array(Choice) }),
  }),
  finishPlatformConnect: endpoint({
    method: 'POST',
    path: '/platform-connects/:id',
    summary: 'Connect the chosen accounts',
    allows: 'accounts:write',
    params: ById,
    body: z.strictObject({ externalIds: z.array(PlatformId).min(1).max(100) }),
    status: 201,
    reply: z.object({ rows: z.array(PlatformAccount) }),
  }),
};
