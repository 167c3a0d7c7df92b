import { type LookupAddress, lookup as lookUp } from 'node:dns';
import { type IncomingMessage, request as requestPlain } from 'node:http';
import { request as requestTls } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { Failure } from '#core/failure.ts';
import { type AddressRange, isPublicAddress } from '#core/public-address.ts';

export type GuardedAsk = {
  url: string;
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  body?: string | Buffer;
  timeoutMs: number;
  /** Of the answer's body; the rest is not read. */
  mostBytes: number;
};
export type GuardedReply = { status: number; headers: Record<string, string>; body: string };
/** Throws `address_not_public` and `address_unreachable`. */
export type GuardedRequest = (ask: GuardedAsk, signal: AbortSignal) => Promise<GuardedReply>;
/** Every address of a name, as the resolver of this machine has it. */
export type Resolve = (hostname: string) => Promise<LookupAddress[]>;

/**
 * Asks an address that a person has given. The name is resolved once, every address of it is judged, and the connection goes to one that was
 * judged: a name that answers otherwise the second time leads nowhere else. An answer that leads further is not followed; whoever follows it asks
 * again here.
 */
export function createGuardedRequest(admitted: readonly AddressRange[], resolve: Resolve = resolveHere): GuardedRequest {
  const lookup: LookupFunction = (hostname, options, callback) => {
    resolve(hostname)
      .then((found) => {
        const [first] = found;
        if (!first) throw new Failure('address_unreachable', `The name ${hostname} has no address.`);
        for (const { address } of found) refuseUnlessPublic(address, admitted);
        if (options.all) callback(null, found);
        else callback(null, first.address, first.family);
      })
      .catch((error: NodeJS.ErrnoException) => callback(error, []));
  };
  return async (ask, signal) => {
    const url = new URL(ask.url);
    if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new Failure('address_not_public', 'Only addresses of http and https are asked.');
    // A connection to an address that needs no resolving asks no resolver. The URL has read odd spellings already: 0x7f.1 is 127.0.0.1 here.
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    if (isIP(host) > 0) refuseUnlessPublic(host, admitted);
    const until = AbortSignal.any([signal, AbortSignal.timeout(ask.timeoutMs)]);
    try {
      return await exchange(url, ask, { lookup, signal: until });
    } catch (error) {
      throw failureOf(error, { host: url.host, signal, timeoutMs: ask.timeoutMs });
    }
  };
}

/** Each on a connection of its own: one that is kept would be one that was judged long ago. */
async function exchange(url: URL, ask: GuardedAsk, { lookup, signal }: { lookup: LookupFunction; signal: AbortSignal }): Promise<GuardedReply> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const begin = url.protocol === 'https:' ? requestTls : requestPlain;
  const sent = begin(url, { method: ask.method, headers: ask.headers, agent: false, lookup, signal });
  sent.on('response', resolve).on('error', reject).end(ask.body);
  const reply = await promise;
  const headers = Object.fromEntries(
    Object.entries(reply.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  );
  return { status: reply.statusCode ?? 0, headers, body: await readUpTo(reply, ask.mostBytes) };
}

async function readUpTo(reply: IncomingMessage, most: number): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of reply as AsyncIterable<Buffer>) {
    parts.push(part);
    bytes += part.length;
    // Leaving the loop ends the connection.
    if (bytes >= most) break;
  }
  return Buffer.concat(parts).subarray(0, most).toString('utf8');
}

function refuseUnlessPublic(address: string, admitted: readonly AddressRange[]): void {
  if (!isPublicAddress(address, admitted)) throw new Failure('address_not_public');
}

function failureOf(error: unknown, { host, signal, timeoutMs }: { host: string; signal: AbortSignal; timeoutMs: number }): unknown {
  if (error instanceof Failure || signal.aborted) return error;
  const { name, code } = error as NodeJS.ErrnoException; // Whatever else is thrown has neither.
  if (name === 'TimeoutError' || name === 'AbortError')
    return new Failure('address_unreachable', `${host} did not answer within ${timeoutMs / 1000} seconds.`, { cause: error });
  return new Failure('address_unreachable', `${host} does not answer${code ? ` (${code})` : ''}.`, { cause: error });
}

const resolveHere: Resolve = (hostname) => {
  const { promise, resolve, reject } = Promise.withResolvers<LookupAddress[]>();
  lookUp(hostname, { all: true }, (error, found) => (error ? reject(error) : resolve(found)));
  return promise;
};
