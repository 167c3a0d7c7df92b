import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { ById, Id, Instant, Nothing } from './fields.ts';

/** A link shows the phone's owner the login code of one profile, once, and nothing else. */
export const LoginLink = z.object({ id: Id, madeAt: Instant, expiresAt: Instant, openedAt: Instant.nullable() });
/** What the owner of the phone sees: a code to scan or to type, that there is none yet, or that it is done. */
export const LinkView = z.discriminatedUnion('is', [
  z.object({ is: z.literal('waiting') }),
  z.object({ is: z.literal('qr'), qr: z.string(), qrAt: Instant.nullable() }),
  z.object({ is: z.literal('link_code'), code: z.string() }),
  z.object({ is: z.literal('done') }),
]);
export type LinkView = z.output<typeof LinkView>;

const mostMinutes = 24 * 60;
const Secret = z.string().min(20).max(100);

export const loginLinks = {
  listLoginLinks: endpoint({
    method: 'GET',
    path: '/profiles/:id/login-links',
    summary: 'Links to the login code of a profile that still live',
    allows: 'profiles:run',
    params: ById,
    reply: z.object({ rows: z.array(LoginLink) }),
  }),
  addLoginLink: endpoint({
    method: 'POST',
    path: '/profiles/:id/login-links',
    summary: 'Make a link that shows the login code once; the reply alone holds it',
    allows: 'profiles:run',
    params: ById,
    body: z.strictObject({ minutes: z.int().min(1).max(mostMinutes).default(15) }),
    status: 201,
    /** `address` is a path of the dashboard; its last part never reaches a server's log, because browsers keep it to themselves. */
    reply: LoginLink.extend({ address: z.string() }),
  }),
  removeLoginLinks: endpoint({
    method: 'DELETE',
    path: '/profiles/:id/login-links',
    summary: 'Revoke the links of a profile; one that is open shows nothing any more',
    allows: 'profiles:run',
    params: ById,
    status: 204,
    reply: Nothing,
  }),
  openLoginLink: endpoint({
    method: 'POST',
    path: '/login-links/open',
    summary: 'Exchange a link, once, for a pass that dies with it',
    allows: 'public',
    body: z.strictObject({ link: Secret }),
    reply: z.object({ pass: z.string(), expiresAt: Instant }),
  }),
  readLoginLink: endpoint({
    method: 'POST',
    path: '/login-links/read',
    summary: 'The login code that a pass may see',
    allows: 'public',
    body: z.strictObject({ pass: Secret }),
    reply: LinkView,
  }),
};
