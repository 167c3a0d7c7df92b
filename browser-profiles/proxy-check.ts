import { type IncomingMessage, request } from 'node:http';
import { isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { asFailure, Failure } from '#core/failure.ts';
import { openLocalHop } from './proxy.ts';
import { describeProxy } from './proxy-url.ts';

export type ProxyCheck = { ok: true; ms: number; exitAddress: string | null } | { ok: false; why: string };

/** Slow residential proxies need a few seconds; one that needs more than this does not carry a messenger either. */
const patienceMs = 10_000;

/** What proxy-chain's answers mean to a person. */
const meanings: Record<number, string> = {
  504: 'The proxy did not answer in time.',
  590: 'The proxy answers, but does not reach the messenger’s site.',
  593: 'The host name of the proxy is not known.',
  594: 'Nothing listens at the address of the proxy.',
  595: 'The proxy cut the connection.',
  596: 'The proxy cut the connection.',
  597: 'The proxy does not accept the user name or password.',
  599: 'The proxy does not connect: it refuses, or the user name or password is wrong.',
};

/**
 * Connects through the proxy for real, by the same hop that a profile uses. Without `probeUrl` it asks the proxy for a tunnel to the
 * host of `target` and sends nothing into it; with `probeUrl` it fetches that page and takes the first IP address in it as the exit.
 * Never throws for a bad proxy, only when `signal` aborts.
 */
export async function checkProxy(
  upstream: string,
  options: { target: string; probeUrl?: string | null; timeoutMs?: number; signal: AbortSignal },
): Promise<ProxyCheck> {
  const started = performance.now();
  const limited = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs ?? patienceMs)]);
  try {
    const hop = await openLocalHop(upstream);
    try {
      const exitAddress = await probe(hop.serverUrl, options, limited);
      return { ok: true, ms: Math.round(performance.now() - started), exitAddress };
    } finally {
      await hop.close();
    }
  } catch (error) {
    options.signal.throwIfAborted();
    if (limited.aborted) return { ok: false, why: `The proxy ${describeProxy(upstream)} did not answer in time.` };
    return { ok: false, why: asFailure(error).message };
  }
}

async function probe(
  hopUrl: string,
  { target, probeUrl }: { target: string; probeUrl?: string | null },
  signal: AbortSignal,
): Promise<string | null> {
  const url = new URL(probeUrl ?? target);
  const tunnel = await openTunnel(hopUrl, url, signal);
  try {
    return probeUrl ? await readExitAddress(tunnel, url, signal) : null;
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
      const status = answer.statusCode ?? 0;
      reject(new Failure('proxy_dead', meanings[status] ?? `The proxy answers with status ${status}.`));
    });
    ask.once('error', (error) => reject(new Failure('proxy_dead', 'The proxy cut the connection.', { cause: error })));
    ask.end();
  });
}

async function readExitAddress(tunnel: Socket, url: URL, signal: AbortSignal): Promise<string | null> {
  const socket = url.protocol === 'https:' ? connectTls({ socket: tunnel, servername: isIP(url.hostname) ? undefined : url.hostname }) : tunnel;
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const headers = { host: url.host, connection: 'close', accept: 'text/plain, application/json, text/html' };
    // Plain http over the socket that is open already: for https the encryption sits in the socket.
    const ask = request({ createConnection: () => socket, path: url.pathname + url.search, headers, signal }, resolve);
    ask.once('error', (error) =>
      reject(new Failure('proxy_dead', 'The proxy connects, but the probe page did not answer through it.', { cause: error })),
    );
    ask.end();
  });
  let text = '';
  answer.setEncoding('utf8');
  for await (const part of answer) {
    text += part;
    if (text.length > 4096) break;
  }
  const words = text.split(/[^0-9a-fA-F:.]+/).map((word) => word.replace(/\.$/, ''));
  return words.find((word) => isIP(word) !== 0) ?? null;
}
