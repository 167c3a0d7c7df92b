import type { Request, RequestHandler } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import type { Contract } from '#core/api/contract.ts';
import { Failure } from '#core/failure.ts';

/** How many requests in how many seconds. */
export type Limit = { most: number; seconds: number };
export type LimitSettings = { everything: Limit; signInByAddress: Limit; signInByName: Limit; registerByAddress: Limit };

/** An address may try a password every four seconds on average; one name survives a slow attack from many addresses. */
export const defaultLimits: LimitSettings = {
  everything: { most: 6000, seconds: 60 },
  signInByAddress: { most: 5, seconds: 20 },
  signInByName: { most: 20, seconds: 300 },
  registerByAddress: { most: 5, seconds: 20 },
};

export type Limits = { everything: RequestHandler; of: (name: keyof Contract) => readonly RequestHandler[] };

export function createLimits(settings: LimitSettings): Limits {
  // Only failed attempts are counted where a right password proves who asks.
  const signIn = [limit(settings.signInByAddress, addressOf, 'failures'), limit(settings.signInByName, loginOf, 'failures')];
  const register = [limit(settings.registerByAddress, addressOf, 'all')];
  const strict: Partial<Record<keyof Contract, readonly RequestHandler[]>> = { login: signIn, register };
  return { everything: limit(settings.everything, addressOf, 'all'), of: (name) => strict[name] ?? [] };
}

function limit({ most, seconds }: Limit, keyOf: (request: Request) => string, counts: 'all' | 'failures'): RequestHandler {
  return rateLimit({
    windowMs: seconds * 1000,
    limit: most,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    keyGenerator: keyOf,
    skipSuccessfulRequests: counts === 'failures',
    handler: (_request, response, next) => {
      response.setHeader('retry-after', String(seconds));
      next(new Failure('too_many_requests'));
    },
  });
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
