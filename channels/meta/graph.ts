import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { Failure, type PlatformError } from '#core/failure.ts';
import { ruleFor } from './graph-errors.ts';
import { type GraphUsage, usageOf } from './graph-usage.ts';

/** Where one account finds its platform, and as whom it speaks. `version` null: an address that has none (the sign-in of Instagram). */
export type GraphPlace = { host: string; version: string | null; token: string | null; appSecret: string | null };
export type GraphAsk = {
  method?: 'GET' | 'POST' | 'DELETE';
  path: string;
  query?: Readonly<Record<string, string | undefined>>;
  json?: object;
  form?: FormData | URLSearchParams;
  /** How long an answer may take. */
  ms?: number;
  /** Hears how much of what may be asked is used up. */
  heard?: (usage: GraphUsage) => unknown;
};

/** A send must have ended while the lease still holds (`workers/ledger.ts` asks for 15 s of it). */
const usualMs = 12_000;

/** One call. Throws a `Failure` by the table of `graph-errors.ts`; whether something may have been done all the same is part of its code. */
export async function askGraph(place: GraphPlace, ask: GraphAsk, signal: AbortSignal): Promise<unknown> {
  const method = ask.method ?? 'GET';
  const response = await call(place, ask, signal).catch((error: unknown) => {
    throw brokenCall(error, method);
  });
  const text = await response.text().catch((error: unknown) => {
    throw brokenCall(error, method);
  });
  const body = readJson(text);
  ask.heard?.(usageOf(response.headers, new Date()));
  if (response.ok && body !== undefined) return body;
  if (response.ok)
    throw new Failure(method === 'GET' ? 'platform_unreachable' : 'not_proven', 'The platform’s answer could not be read.', { platform: noAnswer });
  throw refusal(response, body, { place, ask });
}

async function call(
  place: GraphPlace,
  { method = 'GET', path, query = {}, json, form, ms = usualMs }: GraphAsk,
  signal: AbortSignal,
): Promise<Response> {
  const url = new URL([place.host.replace(/\/+$/, ''), place.version, path.replace(/^\/+/, '')].filter(Boolean).join('/'));
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
  if (place.token && place.appSecret) url.searchParams.set('appsecret_proof', proofOf(place.token, place.appSecret));
  return fetch(url, {
    method,
    headers: {
      accept: 'application/json',
      'user-agent': userAgent,
      ...(place.token && { authorization: `Bearer ${place.token}` }),
      ...(json && { 'content-type': 'application/json' }),
    },
    body: json ? JSON.stringify(json) : (form ?? null),
    redirect: 'error',
    signal: AbortSignal.any([signal, AbortSignal.timeout(ms)]),
  });
}

/** Meta's own checkers ask for `name/x.y.z`. */
export const userAgent = 'patchbay/1.0.0';

/** Shows that whoever has the token has the app's secret too. */
export const proofOf = (token: string, appSecret: string): string => createHmac('sha256', appSecret).update(token).digest('hex');

/** Errors that come before the first byte of a request: nothing can have been done. */
const beforeSending: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** Nothing was said, so everything may be true. */
const noAnswer: PlatformError = { code: null, subcode: null, status: 0 };

function brokenCall(error: unknown, method: string): Failure {
  const { cause, name } = error as Error & { cause?: { code?: string } }; // fetch throws nothing but errors.
  const isUnsent = method === 'GET' || beforeSending.has(cause?.code ?? '');
  const what = name === 'TimeoutError' ? 'took too long' : `broke off${cause?.code ? ` (${cause.code})` : ''}`;
  return isUnsent
    ? new Failure('platform_unreachable', `The platform does not answer: the call ${what}.`, { cause: error })
    : new Failure('not_proven', `The call ${what} before the platform answered.`, { cause: error, platform: noAnswer });
}

const Word = z.string().catch('');
const Refused = z.object({
  error: z.object({
    message: Word,
    code: z.coerce.number().nullable().catch(null),
    error_subcode: z.coerce.number().nullish().catch(null),
    error_user_msg: Word,
    error_data: z.object({ details: Word }).catch({ details: '' }),
    fbtrace_id: Word,
  }),
});

function refusal(response: Response, body: unknown, { place, ask }: { place: GraphPlace; ask: GraphAsk }): Failure {
  const { error = null } = Refused.safeParse(body).data ?? {};
  const code = error?.code ?? null;
  const subcode = error?.error_subcode ?? null;
  const rule = ruleFor({ code, subcode, status: response.status });
  const number = [code ?? `HTTP ${response.status}`, subcode].filter((one) => one !== null).join('/');
  const said = [error?.message, error?.error_data.details || error?.error_user_msg].filter(Boolean).join(': ');
  const sentence = `The platform answered ${number}, ${rule.means}${said ? `: ${said}` : ''}`;
  // An error of a reading proves nothing and needs no proof.
  const failure = rule.failure === 'not_proven' && (ask.method ?? 'GET') === 'GET' ? 'platform_unreachable' : rule.failure;
  const retryAt = usageOf(response.headers, new Date()).regainAt;
  return new Failure(failure, withoutSecrets(sentence, place, ask).slice(0, 500), {
    platform: { code, subcode, status: response.status },
    ...(retryAt && { retryAt }),
  });
}

/** Where log-ins bring secrets instead of the header. */
const secretNames = ['access_token', 'fb_exchange_token', 'input_token', 'client_secret', 'code'];

/** Meta names a token that it cannot read in its answer. */
function withoutSecrets(sentence: string, { token, appSecret }: GraphPlace, { query, form }: GraphAsk): string {
  const secrets = [token, appSecret, ...secretNames.flatMap((name) => [query?.[name], form?.get(name)])];
  return secrets.reduce<string>((text, secret) => (typeof secret === 'string' && secret ? text.replaceAll(secret, '…') : text), sentence);
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
