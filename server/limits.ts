import { createHash } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import { ipKeyGenerator, rateLimit, type Store } from 'express-rate-limit';
import type { Contract } from '#core/api/contract.ts';
import { Failure } from '#core/failure.ts';
import type { Db } from '#sql/database.ts';
import { countTry, forgiveTry } from '#sql/tries.ts';

/** How many requests in how many seconds. */
export type Limit = { most: number; seconds: number };
export type LimitSettings = Record<'everything' | 'link' | 'signInByAddress' | 'signInByName' | 'registerByAddress' | 'refreshByAddress', Limit>;

/** An address may try a password every four seconds on average; one name survives a slow attack from many addresses. */
export const defaultLimits: LimitSettings = {
  everything: { most: 6000, seconds: 60 },
  // Whoever has a link in a message is one person, or their mail provider.
  link: { most: 60, seconds: 60 },
  signInByAddress: { most: 5, seconds: 20 },
  signInByName: { most: 20, seconds: 300 },
  registerByAddress: { most: 5, seconds: 20 },
  // An office behind one address may come back with many ended sessions at once.
  refreshByAddress: { most: 60, seconds: 60 },
};

export type Limits = {
  everything: RequestHandler;
  of: (name: keyof Contract) => readonly RequestHandler[];
  /** By the link itself, because mail providers open those of all their customers from a few addresses; what is no link counts by address. */
  byLink: (linkIn: (request: Request) => string | null) => RequestHandler;
};

/** Signing in and registering are counted in the database, for all servers on it; what only protects this process, in its memory. */
export function createLimits(settings: LimitSettings, db: Db): Limits {
  const { everything, link, ...strict } = settings;
  const limitOf = (name: keyof typeof strict, ask: Pick<LimitAsk, 'keyOf' | 'counts'>) =>
    limit({ ...strict[name], ...ask, store: storeOf(db, name, strict[name].seconds) });
  // Only failed attempts are counted where a right password or token proves who asks.
  const login = [
    limitOf('signInByAddress', { keyOf: addressOf, counts: 'failures' }),
    limitOf('signInByName', { keyOf: loginOf, counts: 'failures' }),
  ];
  const refresh = [limitOf('refreshByAddress', { keyOf: addressOf, counts: 'failures' })];
  const register = [limitOf('registerByAddress', { keyOf: addressOf, counts: 'all' })];
  const byName: Partial<Record<keyof Contract, readonly RequestHandler[]>> = { login, refresh, register };
  return {
    everything: limit({ ...everything, keyOf: addressOf, counts: 'all' }),
    of: (name) => byName[name] ?? [],
    byLink: (linkIn) => limit({ ...link, keyOf: (request) => linkIn(request) ?? addressOf(request), counts: 'all' }),
  };
}

type LimitAsk = Limit & { keyOf: (request: Request) => string; counts: 'all' | 'failures'; store?: Store };

function limit({ most, seconds, keyOf, counts, store }: LimitAsk): RequestHandler {
  return rateLimit({
    windowMs: seconds * 1000,
    limit: most,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    keyGenerator: keyOf,
    skipSuccessfulRequests: counts === 'failures',
    ...(store ? { store } : {}),
    handler: (_request, response, next) => {
      response.setHeader('retry-after', String(seconds));
      next(new Failure('too_many_requests'));
    },
  });
}

/** The tries of one limit, one statement each. */
function storeOf(db: Db, name: string, seconds: number): Store {
  const keyOf = (key: string) => createHash('sha256').update(`${name} ${key}`).digest();
  return {
    localKeys: false,
    increment: async (key) => {
      const { count, until } = await countTry(db, keyOf(key), seconds);
      return { totalHits: count, resetTime: until };
    },
    decrement: (key) => forgiveTry(db, keyOf(key)),
    // Nobody resets a key: express-rate-limit asks every store to be able to.
    resetKey: (key) => forgiveTry(db, keyOf(key)),
  };
}

function addressOf(request: Request): string {
  return ipKeyGenerator(request.ip ?? '');
}

/** Read after the body and before its check: whatever was typed counts, in one spelling. */
function loginOf(request: Request): string {
  return String(request.body?.email ?? request.body?.username ?? '')
    .trim()
    .toLowerCase()
    .slice(0, 254);
}
