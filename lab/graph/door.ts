import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import { GraphError } from './errors.ts';
import type { Token } from './model.ts';
import type { Lab } from './store.ts';

/** Versions that answer on the machine's date (facts 1.1); older ones have expired. */
const alive = { from: 21, to: 26 };
const keptCalls = 2000;

/** Takes the version off the address, as `/v25.0/…`; calls without one get the oldest that is alive. */
export const readVersion: RequestHandler = (request, _response, next) => {
  const [, major, rest = '/'] = /^\/v(\d+)\.\d+(\/.*)?$/.exec(request.url) ?? [];
  if (major === undefined) return next();
  if (Number(major) < alive.from || Number(major) > alive.to)
    throw new GraphError(2635, { message: `You are calling a deprecated version of the Ads API or the Graph API. Please update to v${alive.to}.0.` });
  request.url = rest;
  next();
};

/** Keeps what was asked and how it was answered, says how much of the hour is used up, and answers no sooner than the settings say. */
export const logCalls =
  (lab: Lab): RequestHandler =>
  (request, response, next) => {
    const { path, method } = request;
    response.on('finish', () => {
      lab.calls.push({ at: lab.now(), method, path, status: response.statusCode, body: path.includes('oauth') ? null : request.body });
      if (lab.calls.length > keptCalls) lab.calls.shift();
    });
    const { usagePercent } = lab.settings;
    if (usagePercent > 0) response.set('X-App-Usage', JSON.stringify({ call_count: usagePercent, total_time: 1, total_cputime: 1 }));
    if (lab.settings.latencyMs === 0) return next();
    lab.timers.after(lab.settings.latencyMs, next);
  };

type Sent = Pick<Request, 'get' | 'query' | 'body'>;
type Asked = Sent & { params: object };

/** Who calls: by header, by query or in a form, as Meta takes it. */
export function tokenOf(lab: Lab, request: Sent): Token {
  const given =
    /^Bearer (.+)$/i.exec(request.get('authorization') ?? '')?.[1] ?? textIn(request.query, 'access_token') ?? textIn(request.body, 'access_token');
  if (!given) throw new GraphError(190, { message: 'An access token is required to request this resource.', httpStatus: 401 });
  const token = lab.tokens.get(given);
  // Meta repeats what it cannot read.
  if (!token) throw new GraphError(190, { message: `Malformed access token ${given}` });
  if (token.expiresAt !== null && token.expiresAt <= lab.now())
    throw new GraphError(190, { message: 'Error validating access token: Session has expired', subcode: 463 });
  checkProof(lab, request, given);
  return token;
}

function checkProof({ settings }: Lab, request: Sent, token: string): void {
  const given = textIn(request.query, 'appsecret_proof') ?? textIn(request.body, 'appsecret_proof');
  if (!given) {
    if (settings.needsProof) throw new GraphError(100, { message: 'API calls from the server require an appsecret_proof argument' });
    return;
  }
  const isRight = [settings.appSecret, settings.instagramSecret].some((secret) => {
    const expected = createHmac('sha256', secret).update(token).digest('hex');
    return given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected));
  });
  if (!isRight) throw new GraphError(100, { message: 'Invalid appsecret_proof provided in the API argument' });
}

/** `me` is whom the token speaks for. Somebody else's id does not exist for it. */
export function actAs(lab: Lab, request: Asked): string {
  const id = textIn(request.params, 'id') ?? '';
  const token = tokenOf(lab, request);
  const asked = id === 'me' ? (token.of?.[0] ?? id) : id;
  if (token.of && !token.of.includes(asked)) throw unknownObject(asked);
  return asked;
}

export const unknownObject = (id: string): GraphError =>
  new GraphError(100, {
    subcode: 33,
    message: `Unsupported request. Object with ID '${id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation`,
  });

export function textIn(from: unknown, name: string): string | undefined {
  const value = typeof from === 'object' && from !== null ? (from as Record<string, unknown>)[name] : undefined; // Any object has names.
  return typeof value === 'string' && value !== '' ? value : undefined;
}
