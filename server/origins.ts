import type { IncomingHttpHeaders } from 'node:http';
import type { RequestHandler } from 'express';

type WithHeaders = { headers: IncomingHttpHeaders };
export type Origins = {
  isOwn: (request: WithHeaders) => boolean;
  /** Whether a page may open a socket: browsers do not hold those back by themselves. */
  mayConnect: (request: WithHeaders) => boolean;
  allowOthers: RequestHandler;
};

/**
 * Whose pages may use the API. `isOwn` says whether a request may be trusted with cookies: it comes from one of our own pages, or from
 * no page at all. Other origins get CORS headers only when the setting names them.
 */
export function createOrigins({ publicUrl, allowed }: { publicUrl: string | null; allowed: readonly string[] }): Origins {
  const ours = publicUrl ? [new URL(publicUrl).origin] : [];
  const isOwn = ({ headers }: WithHeaders): boolean => {
    const { origin, host } = headers;
    if (origin === undefined) return headers['sec-fetch-site'] === undefined || headers['sec-fetch-site'] === 'same-origin';
    return ours.includes(origin) || origin === `http://${host}` || origin === `https://${host}`;
  };
  return {
    isOwn,
    mayConnect: (request) => isOwn(request) || allowed.includes(request.headers.origin ?? ''),
    allowOthers(request, response, next) {
      const { origin } = request.headers;
      response.vary('Origin');
      if (!origin || !allowed.includes(origin)) return next();
      response.setHeader('access-control-allow-origin', origin);
      response.setHeader('access-control-allow-credentials', 'true');
      response.setHeader('access-control-expose-headers', 'x-request-id, retry-after, ratelimit');
      if (request.method !== 'OPTIONS') return next();
      response.setHeader('access-control-allow-methods', 'GET, POST, PUT, PATCH, DELETE');
      response.setHeader('access-control-allow-headers', 'authorization, content-type');
      response.setHeader('access-control-max-age', '600');
      response.status(204).end();
    },
  };
}
