import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { ById, changesOf, Id, Instant, Name, Nothing } from './fields.ts';

export const ProxyCheck = z.object({ ok: z.boolean(), ms: z.number().nullable(), exitAddress: z.string().nullable(), why: z.string().nullable() });
export const ProxyRow = z.object({
  id: Id,
  name: z.string(),
  kind: z.enum(['http', 'https', 'socks5h']),
  host: z.string(),
  port: z.number(),
  username: z.string().nullable(),
  hasPassword: z.boolean(),
  usedBy: z.number(),
  checkedAt: Instant.nullable(),
  check: ProxyCheck.nullable(),
  createdAt: Instant,
  updatedAt: Instant,
});
const Fields = z.strictObject({
  name: Name,
  /** socks5 is stored as socks5h: names are resolved by the proxy, never here. */
  kind: z.enum(['http', 'https', 'socks5', 'socks5h']).transform((kind) => (kind === 'socks5' ? 'socks5h' : kind)),
  host: z
    .string()
    .trim()
    .min(1)
    .max(253)
    .regex(/^[A-Za-z0-9._:-]+$/, 'is not a host name or address'),
  port: z.coerce.number().int().min(1).max(65_535),
  username: z.string().max(200).nullable().optional(),
  password: z.string().max(500).nullable().optional(),
});

export const proxies = {
  listProxies: endpoint({
    method: 'GET',
    path: '/proxies',
    summary: 'Proxies with their last check',
    allows: 'proxies:read',
    reply: z.object({ rows: z.array(ProxyRow) }),
  }),
  addProxy: endpoint({
    method: 'POST',
    path: '/proxies',
    summary: 'Add a proxy',
    allows: 'proxies:write',
    body: Fields,
    status: 201,
    reply: ProxyRow,
  }),
  readProxy: endpoint({ method: 'GET', path: '/proxies/:id', summary: 'One proxy', allows: 'proxies:read', params: ById, reply: ProxyRow }),
  changeProxy: endpoint({
    method: 'PATCH',
    path: '/proxies/:id',
    summary: 'Change a proxy',
    allows: 'proxies:write',
    params: ById,
    body: changesOf(Fields),
    reply: ProxyRow,
  }),
  removeProxy: endpoint({
    method: 'DELETE',
    path: '/proxies/:id',
    summary: 'Remove a proxy that no profile uses',
    allows: 'proxies:write',
    params: ById,
    status: 204,
    reply: Nothing,
  }),
  checkProxy: endpoint({
    method: 'POST',
    path: '/proxies/:id/check',
    summary: 'Connect through the proxy and report',
    allows: 'proxies:read',
    params: ById,
    reply: ProxyRow,
  }),
};
