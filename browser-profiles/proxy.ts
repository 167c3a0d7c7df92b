import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Server } from 'proxy-chain';
import { Failure } from '#core/failure.ts';
import { isBackgroundHost } from './background-hosts.ts';
import { blamesProxy, isHopFailure, meaningOfStatus } from './hop-status.ts';
import { parseProxyUrl } from './proxy-url.ts';
import type { ProxyOutcome } from './proxy-watch.ts';

/** `status` is proxy-chain's own: 594 refused, 595 reset, 597 wrong password, 599 SOCKS, 590 the upstream said no. */
export type HopFailure = { status: number; at: Date };
export type HopOptions = {
  /** The messenger's address: its own domain is never taken for what the browser asks by itself. */
  site?: string;
  /** Hears of each connection whether the proxy carried it. */
  heard?: (outcome: ProxyOutcome) => void;
  /** Hears now and then, and at the end, how much the browser has sent and received since the last time. */
  passed?: (traffic: Traffic) => void;
};
export type Traffic = { sentBytes: number; receivedBytes: number };

/** The loopback proxy of one profile. Chromium cannot sign in at a SOCKS5 proxy by itself, so every proxied profile has one. */
export type LocalHop = {
  serverUrl: string;
  /** How many requests failed on the way to or at the upstream, since opening. */
  failures(): number;
  lastFailure(): HopFailure | null;
  /** What the browser asked for by itself and did not get, by host, since opening. */
  blocked(): ReadonlyMap<string, number>;
  close(): Promise<void>;
};

/**
 * Opens a loopback proxy that sends everything through `upstream`. Throws `proxy_missing` without an upstream: proxy-chain would
 * take a missing one for "go direct" and show the host's own address. Only a local process can reach it; it asks for no password.
 */
export async function openLocalHop(upstream: string | null | undefined, { site, heard, passed }: HopOptions = {}): Promise<LocalHop> {
  if (!upstream?.trim()) throw new Failure('proxy_missing');
  const { url } = parseProxyUrl(upstream);
  let count = 0;
  let last: HopFailure | null = null;
  const blocked = new Map<string, number>();
  const siteName = site ? (URL.parse(site)?.hostname ?? null) : null;
  // Loaded for the first profile that has a proxy: a start does not wait for it.
  const { RequestError, Server } = await import('proxy-chain');
  const server = new Server({
    host: '127.0.0.1',
    port: 0,
    verbose: false,
    prepareRequestFunction: ({ hostname }) => {
      if (isBackgroundHost(hostname, siteName)) {
        blocked.set(hostname, (blocked.get(hostname) ?? 0) + 1);
        throw new RequestError('Not sent through the proxy of a profile', 403);
      }
      return { upstreamProxyUrl: url };
    },
  });
  watchAnswers(server, (status) => {
    if (isHopFailure(status)) {
      count += 1;
      last = { status, at: new Date() };
    }
    if (blamesProxy(status)) heard?.({ ok: false, why: meaningOfStatus(status) });
    else if (!isHopFailure(status)) heard?.({ ok: true, why: null });
  });
  const tellRest = passed ? countTraffic(server, passed) : () => undefined;
  await server.listen();
  return {
    serverUrl: `http://127.0.0.1:${server.port}`,
    failures: () => count,
    lastFailure: () => last,
    blocked: () => blocked,
    close: async () => {
      tellRest();
      await server.close(true);
    },
  };
}

/** A messenger's socket stays open for days, so what is under way is counted, too. */
const tellTrafficMs = 10_000;

/** Adds up what passes, whatever becomes of the connection; the answer tells the rest and ends the counting. */
function countTraffic(server: Server, passed: (traffic: Traffic) => void): () => void {
  const counted = new Map<number, Traffic>();
  let [sentBytes, receivedBytes] = [0, 0];
  const count = (id: number) => {
    const stats = server.getConnectionStats(id);
    const before = counted.get(id) ?? { sentBytes: 0, receivedBytes: 0 };
    if (!stats) return;
    sentBytes += stats.srcRxBytes - before.sentBytes;
    receivedBytes += stats.srcTxBytes - before.receivedBytes;
    counted.set(id, { sentBytes: stats.srcRxBytes, receivedBytes: stats.srcTxBytes });
  };
  server.on('connectionClosed', ({ connectionId }: { connectionId: number }) => {
    count(connectionId);
    counted.delete(connectionId);
  });
  const tell = () => {
    for (const id of server.getConnectionIds()) count(id);
    if (sentBytes + receivedBytes > 0) passed({ sentBytes, receivedBytes });
    [sentBytes, receivedBytes] = [0, 0];
  };
  const timer = setInterval(tell, tellTrafficMs).unref();
  return () => {
    clearInterval(timer);
    tell();
  };
}

/**
 * proxy-chain reports a refused upstream only in its answers: as the status of a plain request, or as an answer written straight to
 * the socket (tunnels and wrong passwords). So both are read where they pass. 504 is its "the upstream timed out".
 */
function watchAnswers(server: Server, onAnswer: (status: number) => void): void {
  server.server.on('request', (_request: IncomingMessage, response: ServerResponse) => {
    response.once('finish', () => onAnswer(response.statusCode));
  });
  server.server.on('connection', (socket: Socket) => {
    const { end, write } = socket;
    // Answers that do not come through node's own response are one text: a tunnel's 200 is written, a failure ends the socket. What a site
    // sends is never a text.
    socket.write = function (this: Socket, ...given: unknown[]) {
      if (typeof given[0] === 'string' && given[0].startsWith('HTTP/1.1 200 Connection')) onAnswer(200);
      return Reflect.apply(write, this, given);
    };
    socket.end = function (this: Socket, ...given: unknown[]) {
      const status = typeof given[0] === 'string' ? Number(/^HTTP\/1\.1 (\d{3}) /.exec(given[0])?.[1]) : 0;
      if (isHopFailure(status)) onAnswer(status);
      return Reflect.apply(end, this, given);
    };
  });
}
