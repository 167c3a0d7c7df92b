import { pipeline } from 'node:stream/promises';
import { type Request, type RequestHandler, type Response, Router } from 'express';
import { type Contract, contract } from '#core/api/contract.ts';
import type { Endpoint } from '#core/api/endpoint.ts';
import { writeAudit } from '#sql/audit.ts';
import { type Db, inWorkspace, type Trx } from '#sql/database.ts';
import { bearerOf, callerOf, refuseUnlessAllowed } from './caller.ts';
import { readCookies, writeCookie } from './cookies.ts';
import type { Ask, Blob, Caller, CookieOptions, Handlers } from './handler.ts';
import type { Limits } from './limits.ts';
import type { Origins } from './origins.ts';
import { type Parts, parseParts, type RawParts, readRaw, run } from './read-request.ts';
import { noteCaller } from './request-log.ts';
import type { Tokens } from './tokens.ts';

export type RouteParts = {
  db: Db;
  tokens: Tokens;
  handlers: Handlers;
  limits: Limits;
  origins: Origins;
  /** Whether cookies are sent over https only. */
  secureCookies: boolean;
  /** Tells readers of the event log that something was written. */
  ring: () => void;
};
export type Transaction = <T>(work: (trx: Trx) => Promise<T>) => Promise<T>;
/** Turns the words of another document into those of the contract; it sees only the caller's workspace. */
export type Adapt = (raw: RawParts, transaction: Transaction) => Promise<RawParts>;
type Name = keyof Contract;
// An entry's own schemas parse what its own handler gets, so for the edge all entries look alike.
type AnyHandler = (ask: Ask<Endpoint>) => Promise<unknown>;

/** Entries that change nothing that a person has decided. */
const changesNothing: ReadonlySet<string> = new Set(['previewTemplate', 'previewImport', 'checkMailDomain', 'keepDraft'] satisfies Name[]);

/** Every endpoint of the contract. */
export function mountContract(parts: RouteParts): Router {
  const router = Router();
  for (const [name, definition] of Object.entries(contract)) {
    // Object.entries widens the names of a constant to string.
    addRoute(router, definition, routeTo(name as Name, parts));
  }
  return router;
}

export function addRoute(router: Router, at: Pick<Endpoint, 'method' | 'path'>, handler: RequestHandler): void {
  const verb = at.method.toLowerCase() as Lowercase<Endpoint['method']>; // toLowerCase forgets which words it was given.
  router[verb](at.path, handler);
}

/** The way of one request: who asks, what they may, what they ask, the answer, its audit row. */
export function routeTo(name: Name, parts: RouteParts, adapt?: Adapt): RequestHandler {
  const definition: Endpoint = contract[name];
  const handler = parts.handlers[name] as unknown as AnyHandler; // See AnyHandler.
  return async (request, response) => {
    const caller = await identify(definition, request, response, parts);
    const raw = await readRaw(definition, request, response);
    for (const limit of parts.limits.of(name)) await run(limit, request, response);
    const adapted = adapt ? await adapt(raw, (work) => inOwn(name, caller, parts.db, work)) : raw;
    const given = parseParts(definition, adapted);
    const ledger = createLedger({ name, definition, given, caller, db: parts.db });
    const reply = await handler({ ...given, ...surroundings(request, response, parts), caller, transaction: ledger.transaction } as Ask<Endpoint>); // `public` entries have no caller, and their handlers do not look.
    if (definition.method !== 'GET') {
      await ledger.close(reply);
      parts.ring();
    }
    answer(definition, response, reply);
  };
}

async function identify(definition: Endpoint, request: Request, response: Response, { db, tokens }: RouteParts): Promise<Caller | null> {
  if (definition.allows === 'public') return null;
  const caller = await callerOf(db, tokens, bearerOf(request));
  noteCaller(response, caller);
  refuseUnlessAllowed(definition.allows, caller);
  return caller;
}

function inOwn<T>(name: Name, caller: Caller | null, db: Db, work: (trx: Trx) => Promise<T>): Promise<T> {
  if (!caller) throw new Error(`${name} has no caller, so it has no workspace to work in`);
  return inWorkspace(db, caller.workspaceId, work);
}

function surroundings(request: Request, response: Response, { origins, secureCookies }: RouteParts) {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  return {
    address: request.ip ?? '',
    userAgent: request.headers['user-agent'] ?? '',
    cookies: origins.isOwn(request) ? readCookies(request.headers.cookie) : {},
    setCookie: (name: string, value: string, options: CookieOptions) => writeCookie(response, { name, value, ...options, secure: secureCookies }),
    signal: gone.signal,
  };
}

type LedgerParts = { name: Name; definition: Endpoint; given: Parts; caller: Caller | null; db: Db };

/** Opens transactions for one request and writes its audit row once: with the first change, or at the end. */
function createLedger({ name, definition, given, caller, db }: LedgerParts) {
  let due = caller !== null && definition.method !== 'GET' && !changesNothing.has(name);
  const write = async (trx: Trx, result: unknown) => {
    if (!due || !caller) return;
    due = false;
    const { workspaceId, personId } = caller;
    const subject = definition.path.split('/')[1] ?? name;
    const fields = Object.keys(given.body ?? {});
    const detail = { fields, ...ceilingsIn(given.body) };
    await writeAudit(trx, { workspaceId, personId, action: name, subject, subjectId: idIn(given.params) ?? idIn(result), detail });
  };
  return {
    transaction: <T>(work: (trx: Trx) => Promise<T>) =>
      inOwn(name, caller, db, async (trx) => {
        const result = await work(trx);
        await write(trx, result);
        return result;
      }),
    async close(result: unknown): Promise<void> {
      if (due && caller) await inWorkspace(db, caller.workspaceId, (trx) => write(trx, result));
    },
  };
}

function idIn(value: unknown): string | null {
  const id = value !== null && typeof value === 'object' && 'id' in value ? value.id : null;
  return typeof id === 'string' ? id : null;
}

/** Ceilings are told with their numbers: who raised one, and to what. */
function ceilingsIn(body: unknown): { ceilings?: unknown } {
  if (body === null || typeof body !== 'object') return {};
  if ('ceilings' in body) return { ceilings: body.ceilings };
  return 'settings' in body ? ceilingsIn(body.settings) : {};
}

/** Only what the reply's schema names goes out, so nothing sealed can slip through. */
function answer(definition: Endpoint, response: Response, reply: unknown): void {
  response.setHeader('cache-control', 'no-store');
  if (definition.produces) {
    answerBlob(response, reply as Blob); // An entry that `produces` something has a handler that returns a Blob.
    return;
  }
  const body = definition.reply.parse(reply);
  response.status(definition.status ?? 200);
  if (definition.status === 204) response.end();
  else response.json(body);
}

function answerBlob(response: Response, { contentType, content, fileName }: Blob): void {
  response.setHeader('content-type', contentType);
  if (fileName !== undefined) {
    // What somebody uploaded runs nowhere, whatever a browser makes of it.
    response.attachment(fileName).setHeader('content-type', contentType);
    response.setHeader('content-security-policy', "sandbox; default-src 'none'");
  }
  if (Buffer.isBuffer(content)) {
    response.end(content);
    return;
  }
  // Cut off in the middle, so that nobody takes a part for the whole.
  pipeline(content, response).catch(() => response.destroy());
}
