import { type IncomingMessage, request } from 'node:http';
import { isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { asFailure } from '#core/failure.ts';
import type { ProxyTrouble } from '#core/proxy-trouble.ts';
import { meaningOfStatus } from './hop-status.ts';
import { type LocalHop, openLocalHop } from './proxy.ts';

/** `why` is a code of `proxyTroubles`, or a sentence about a proxy that cannot be tried at all. */
export type ProxyCheck = { ok: true; ms: number; exitAddress: string | null; country: string | null } | { ok: false; why: string };
type Exit = { exitAddress: string | null; country: string | null };

/** The proxy was tried and does not carry. */
class Troubled extends Error {
  readonly why: string;

  constructor(why: string, cause?: unknown) {
    super(why, { cause });
    this.why = why;
  }
}
const silent: ProxyTrouble = 'proxy_silent';
const cut: ProxyTrouble = 'proxy_cut';
const lying: ProxyTrouble = 'proxy_lies';

/** Slow residential proxies need a few seconds; one that needs more than this does not carry a messenger either. */
const patienceMs = 10_000;

/**
 * Connects through the proxy for real, by the same hop that a profile uses: asks it for a tunnel to the host of `target`. An https target also has
 * to show its certificate there, so that a proxy that answers in its place is found out; an http one is sent nothing. With `probeUrl` that page
 * is fetched then, and the first IP address in it is the exit; without an answer there the exit is not known, and the proxy is still well.
 * Never throws for a bad proxy, only when `signal` aborts.
 */
export async function checkProxy(
  upstream: string,
  options: { target: string; probeUrl?: string | null; timeoutMs?: number; signal: AbortSignal },
): Promise<ProxyCheck> {
  const started = performance.now();
  const limited = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs ?? patienceMs)]);
  try {
    await using hop = await openedHop(upstream);
    await reachTarget(hop.serverUrl, new URL(options.target), limited);
    const ms = Math.round(performance.now() - started);
    const nowhere = { exitAddress: null, country: null };
    const exit = options.probeUrl ? await readExit(hop.serverUrl, new URL(options.probeUrl), limited).catch(() => nowhere) : nowhere;
    options.signal.throwIfAborted();
    return { ok: true, ms, ...exit };
  } catch (error) {
    options.signal.throwIfAborted();
    if (limited.aborted) return { ok: false, why: silent };
    return { ok: false, why: error instanceof Troubled ? error.why : asFailure(error).message };
  }
}

async function openedHop(upstream: string): Promise<LocalHop & AsyncDisposable> {
  const hop = await openLocalHop(upstream);
  return { ...hop, [Symbol.asyncDispose]: () => hop.close() };
}

async function reachTarget(hopUrl: string, url: URL, signal: AbortSignal): Promise<void> {
  const tunnel = await openTunnel(hopUrl, url, signal);
  try {
    if (url.protocol === 'https:') await openTls(tunnel, url, signal);
  } finally {
    tunnel.destroy();
  }
}

function openTunnel(hopUrl: string, url: URL, signal: AbortSignal): Promise<Socket> {
  const { hostname, port } = new URL(hopUrl);
  const path = `${url.hostname}:${url.port || (url.protocol === 'https:' ? 443 : 80)}`;
  return new Promise((resolve, reject) => {
    const ask = request({ host: hostname, port, method: 'CONNECT', path, headers: { host: path }, signal });
    ask.once('connect', (answer, socket: Socket) => {
      if (answer.statusCode === 200) return resolve(socket);
      socket.destroy();
      reject(new Troubled(meaningOfStatus(answer.statusCode ?? 0)));
    });
    ask.once('error', (error) => reject(new Troubled(cut, error)));
    ask.end();
  });
}

/** Nobody can answer in the place of a messenger without its certificate. */
function openTls(tunnel: Socket, url: URL, signal: AbortSignal): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    const socket = connectTls({ socket: tunnel, servername: isIP(url.hostname) ? undefined : url.hostname });
    const lies = (cause?: unknown) => reject(new Troubled(lying, cause));
    socket.once('secureConnect', () => resolve(socket));
    socket.once('error', lies);
    socket.once('close', () => lies());
  });
}

async function readExit(hopUrl: string, url: URL, signal: AbortSignal): Promise<Exit> {
  const tunnel = await openTunnel(hopUrl, url, signal);
  try {
    const socket = url.protocol === 'https:' ? await openTls(tunnel, url, signal) : tunnel;
    return exitIn(await readPage(socket, url, signal));
  } finally {
    tunnel.destroy();
  }
}

async function readPage(socket: Socket, url: URL, signal: AbortSignal): Promise<string> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const headers = { host: url.host, connection: 'close', accept: 'text/plain, application/json, text/html' };
    // Plain http over the socket that is open already: for https the encryption sits in the socket.
    const ask = request({ createConnection: () => socket, path: url.pathname + url.search, headers, signal }, resolve);
    ask.once('error', reject);
    ask.end();
  });
  let text = '';
  answer.setEncoding('utf8');
  for await (const part of answer) {
    text += part;
    if (text.length > 4096) break;
  }
  return text;
}

/** Pages of this kind say the address alone, in a sentence, as JSON or as `ip=…` and `loc=…`; the country is two letters behind its name, if any. */
export function exitIn(text: string): Exit {
  const words = text.split(/[^0-9a-fA-F:.]+/).map((word) => word.replace(/^:(?!:)|[.]$/g, ''));
  const country = /\b(?:loc|country|country_?code|country_iso(?:_code)?)"?\s*[=:]\s*"?([A-Z]{2})\b/i.exec(text)?.[1];
  return { exitAddress: words.find((word) => isIP(word) !== 0) ?? null, country: country?.toUpperCase() ?? null };
}
