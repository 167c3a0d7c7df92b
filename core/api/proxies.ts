import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { ById, changesOf, Id, Instant, Name, Nothing } from './fields.ts';

/** `country` is what the page of PROXY_CHECK_URL says about the exit, in two letters; checks of older programs have none. */
export const ProxyCheck = z.object({
  ok: z.boolean(),
  ms: z.number().nullable(),
  exitAddress: z.string().nullable(),
  country: z.string().nullable().default(null),
  /** A code such as `proxy_sign_in`; checks of older programs have a sentence. */
  why: z.string().nullable(),
});
/** What of a profile does not fit the country of its exit. */
export const Mismatch = z.object({ country: z.string(), zone: z.boolean(), locale: z.boolean() });
/** How a profile goes out. A choice from a pool stays until a person changes it or the proxy goes; `mismatch` is null when all fits or nothing is known. */
export const ProfileExit = {
  proxyId: Id.nullable(),
  proxyName: z.string().nullable(),
  poolId: Id.nullable(),
  poolName: z.string().nullable(),
  goesOut: z.enum(['direct', 'proxy']),
  /** Where its proxy came out at the last check, in two letters. */
  exitCountry: z.string().nullable(),
  mismatch: Mismatch.nullable(),
};
/** `open`: three connections failed in a row, and nobody tries before `retryAt`. `half_open`: the next try decides. */
export const ProxyBreaker = z.object({
  state: z.enum(['closed', 'open', 'half_open']),
  failures: z.number(),
  openedAt: Instant.nullable(),
  retryAt: Instant.nullable(),
});
export const ProxyRow = z.object({
  id: Id,
  name: z.string(),
  kind: z.enum(['http', 'https', 'socks5h']),
  host: z.string(),
  port: z.number(),
  username: z.string().nullable(),
  hasPassword: z.boolean(),
  poolId: Id.nullable(),
  poolName: z.string().nullable(),
  usedBy: z.number(),
  /** The profiles that go out here, by name. */
  profiles: z.array(z.object({ id: Id, name: z.string(), mismatch: Mismatch.nullable() })),
  breaker: ProxyBreaker,
  /** Of the newest tries at most fifty; null while there is none. */
  failureShare: z.number().nullable(),
  lastError: z.string().nullable(),
  lastErrorAt: Instant.nullable(),
  /** A check was asked for and has not ended. */
  isChecking: z.boolean(),
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
  poolId: Id.nullable().optional(),
});
export const mostLines = 1000;
/** Why a pasted line adds nothing. */
export const LineProblem = z.enum(['unreadable', 'kind', 'port', 'credentials', 'repeated', 'exists']);
export const PastedProxies = z.strictObject({
  /** One a line: kind://user:password@host:port, host:port, host:port:user:password or user:password@host:port. */
  text: z.string().min(1).max(400_000),
  /** Of lines that name none. */
  kind: Fields.shape.kind.default('http'),
  poolId: Id.nullable().default(null),
  /** `look` adds nothing. `all` adds every line or, where one has a problem, none. `good` leaves those with a problem out. */
  take: z.enum(['look', 'all', 'good']).default('all'),
});
export const ProxyPool = z.object({
  id: Id,
  name: z.string(),
  proxies: z.number(),
  /** Those that carry: neither their breaker nor their last check says otherwise. */
  ready: z.number(),
  usedBy: z.number(),
  createdAt: Instant,
  updatedAt: Instant,
});
const PoolFields = z.strictObject({ name: Name });

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
    summary: 'Remove a proxy that no profile needs; profiles of its pool move to another one',
    allows: 'proxies:write',
    params: ById,
    status: 204,
    reply: Nothing,
  }),
  importProxies: endpoint({
    method: 'POST',
    path: '/proxies/import',
    summary: 'Add pasted proxies; each line with a problem is named',
    allows: 'proxies:write',
    body: PastedProxies,
    reply: z.object({
      added: z.number(),
      rows: z.array(z.object({ line: z.number(), address: z.string(), name: z.string().nullable(), problem: LineProblem.nullable() })),
    }),
  }),
  tryProxy: endpoint({
    method: 'POST',
    path: '/proxies/try',
    summary: 'Connect through a proxy that is not saved',
    allows: 'proxies:write',
    /** `proxyId` lends its stored password where none is given. */
    body: Fields.omit({ name: true, poolId: true }).extend({ proxyId: Id.nullable().optional() }),
    reply: ProxyCheck,
  }),
  checkProxies: endpoint({
    method: 'POST',
    path: '/proxies/check',
    summary: 'Check every proxy in the background',
    allows: 'proxies:read',
    status: 202,
    reply: z.object({ asked: z.number() }),
  }),
  listProxyPools: endpoint({
    method: 'GET',
    path: '/proxy-pools',
    summary: 'Pools that profiles choose a proxy from',
    allows: 'proxies:read',
    reply: z.object({ rows: z.array(ProxyPool) }),
  }),
  addProxyPool: endpoint({
    method: 'POST',
    path: '/proxy-pools',
    summary: 'Add a pool',
    allows: 'proxies:write',
    body: PoolFields,
    status: 201,
    reply: ProxyPool,
  }),
  readProxyPool: endpoint({
    method: 'GET',
    path: '/proxy-pools/:id',
    summary: 'One pool',
    allows: 'proxies:read',
    params: ById,
    reply: ProxyPool,
  }),
  changeProxyPool: endpoint({
    method: 'PATCH',
    path: '/proxy-pools/:id',
    summary: 'Rename a pool',
    allows: 'proxies:write',
    params: ById,
    body: changesOf(PoolFields),
    reply: ProxyPool,
  }),
  removeProxyPool: endpoint({
    method: 'DELETE',
    path: '/proxy-pools/:id',
    summary: 'Remove a pool that no profile uses; its proxies stay',
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
