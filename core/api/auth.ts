import { z } from 'zod';
import { Role } from '#core/permission.ts';
import { endpoint } from './endpoint.ts';
import { Id, Instant, Nothing, nameUpTo, Zone } from './fields.ts';

/** 12 letters at least: length is what protects a password, so no rule about its letters (NIST SP 800-63B). */
const Password = z.string().min(12, 'is too short: use 12 letters or more').max(256);
const Login = z.string().trim().toLowerCase().min(1).max(254);
export const Username = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9][a-z0-9._-]{1,39}$/, 'may hold letters, digits, dots, dashes, and starts with a letter or digit');

export const Person = z.object({
  id: Id,
  email: z.string(),
  username: z.string(),
  name: z.string(),
  role: Role,
  createdAt: Instant,
  updatedAt: Instant,
});
export const Me = Person.pick({ id: true, email: true, username: true, name: true, role: true }).extend({
  workspace: z.object({ id: Id, name: z.string() }),
  permissions: z.array(z.string()),
});
export const Tokens = z.object({
  accessToken: z.string(),
  accessExpiresAt: Instant,
  /** Null when it was set as a cookie instead. */
  refreshToken: z.string().nullable(),
  refreshExpiresAt: Instant,
  person: Me,
});
/** `cookie` keeps the refresh token out of reach of scripts: the dashboard asks for it. */
const Keep = z.enum(['body', 'cookie']).default('body');

export const auth = {
  register: endpoint({
    method: 'POST',
    path: '/auth/register',
    summary: 'Make a workspace and its owner, and sign in',
    allows: 'public',
    body: z.strictObject({
      email: z.email().max(254).toLowerCase(),
      password: Password,
      username: Username.optional(),
      name: nameUpTo(80).default(''),
      workspace: nameUpTo(120).min(1).optional(),
      zone: Zone.default('UTC'),
      keep: Keep,
    }),
    status: 201,
    reply: Tokens,
  }),
  login: endpoint({
    method: 'POST',
    path: '/auth/login',
    summary: 'Sign in with a mail address or user name',
    allows: 'public',
    body: z.strictObject({ email: Login, password: z.string().min(1).max(256), keep: Keep }),
    reply: Tokens,
  }),
  refresh: endpoint({
    method: 'POST',
    path: '/auth/refresh',
    summary: 'Exchange the refresh token for new tokens; one that was used before ends the session',
    allows: 'public',
    body: z.strictObject({ refreshToken: z.string().max(500).optional(), keep: Keep }),
    reply: Tokens,
  }),
  logout: endpoint({
    method: 'POST',
    path: '/auth/logout',
    summary: 'End the session and every token of it',
    allows: 'signed_in',
    status: 204,
    reply: Nothing,
  }),
  me: endpoint({ method: 'GET', path: '/auth/me', summary: 'Who is signed in, and what they may do', allows: 'signed_in', reply: Me }),
};
