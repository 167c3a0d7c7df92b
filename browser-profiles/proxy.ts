import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Server } from 'proxy-chain';
import { Failure } from '#core/failure.ts';
import { isBackgroundHost } from './background-hosts.ts';
import { parseProxyUrl } from './proxy-url.ts';

/** `status` is proxy-chain's own: 594 refused, 595 reset, 597 wrong password, 599 SOCKS, 590 the upstream said no. */
export type HopFailure = { status: number; at: Date };

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
 * `site` is the messenger's address: its own domain is never taken for what the browser asks by itself.
 */
export async function openLocalHop(upstream: string | null | undefined, site: string | null = null): Promise<LocalHop> {
  if (!upstream?.trim()) throw new Failure('proxy_missing');
  const { url } = parseProxyUrl(upstream);
  let count = 0;
  let last: HopFailure | null = null;
  const blocked = new Map<string, number>();
  const siteName = site && (URL.parse(site)?.hostname ?? null);
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
  watchFailures(server, (status) => {
    count += 1;
    last = { status, at: new Date() };
  });
  await server.listen();
  return {
    serverUrl: `http://127.0.0.1:${server.port}`,
    failures: () => count,
    lastFailure: () => last,
    blocked: () => blocked,
    close: async () => {
      await server.close(true);
    },
  };
}

/**
 * proxy-chain reports a refused upstream only in its answers: as the status of a plain request, or as an answer written straight to
 * the socket (tunnels and wrong passwords). So both are read where they pass. 504 is its "the upstream timed out".
 */
function watchFailures(server: Server, onFailure: (status: number) => void): void {
  server.server.on('request', (_request: IncomingMessage, response: ServerResponse) => {
    response.once('finish', () => {
      if (response.statusCode >= 590 && response.statusCode <= 599) onFailure(response.statusCode);
    });
  });
  server.server.on('connection', (socket: Socket) => {
    const end = socket.end;
    // Answers that do not come through node's own response are one text given to `end`; everything else ends without text.
    socket.end = function (this: Socket, ...given: unknown[]) {
      const status = typeof given[0] === 'string' ? Number(/^HTTP\/1\.1 (\d{3}) /.exec(given[0])?.[1]) : 0;
      if ((status >= 590 && status <= 599) || status === 504) onFailure(status);
      return Reflect.apply(end, this, given);
    };
  });
}
