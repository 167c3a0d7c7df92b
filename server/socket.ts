import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';
import type { FrameKind } from '#core/live-frame.ts';
import { noteHere } from '#sql/availability.ts';
import { type Db, inWorkspace } from '#sql/database.ts';
import type { Told } from '#sql/events.ts';
import { openSession } from '#sql/sessions.ts';
import type { BlastNews } from './blast-news.ts';
import type { DialControl } from './control-dial.ts';
import type { EventFeed } from './event-feed.ts';
import type { Caller } from './handler.ts';
import type { FrameViewer } from './live-dial.ts';
import type { Origins } from './origins.ts';
import type { ProfilePlace } from './profiles.ts';
import type { QrNews } from './qr-news.ts';
import { isStorable } from './read-request.ts';
import { closeCodes, SocketClient } from './socket-client.ts';
import type { Tokens } from './tokens.ts';

export type SocketParts = {
  db: Db;
  tokens: Tokens;
  origins: Origins;
  feed: EventFeed;
  qrNews: QrNews;
  blastNews: BlastNews;
  /** Pictures of a profile, and with `live` its tabs, until the signal aborts. */
  watchFrames: (place: ProfilePlace, kind: FrameKind, viewer: FrameViewer, signal: AbortSignal) => void;
  dialControl: DialControl;
  ring: () => void;
  log: Logger;
  /** How often it is looked whether sessions still live and clients still answer. */
  beatMs?: number;
};

/** `/ws` and what the seeds call it: their own addresses stand at the root, told apart by the query. */
const paths = new Set(['/ws', '/ws/', '/ws/messages', '/ws/messages/', '/']);
const usualBeatMs = 15_000;
/** The longest word of a client is a token. */
const maxPayload = 64 * 1024;
const mostConnections = 2000;
/** Of a profile or a campaign. */
const longestName = 120;

export type Sockets = { attach: (server: Server) => void; sessionEnded: (sessionId: string) => void; close: () => void; count: () => number };

export function createSockets(parts: SocketParts): Sockets {
  const server = new WebSocketServer({ noServer: true, maxPayload, perMessageDeflate: false, clientTracking: false });
  const clients = new Map<WebSocket, SocketClient>();
  const answered = new WeakSet<WebSocket>();
  const tell = (told: readonly Told[]) => {
    const ofWorkspace = Map.groupBy(told, (one) => one.workspaceId);
    for (const client of clients.values()) client.hear(ofWorkspace.get(client.caller?.workspaceId ?? '') ?? []);
  };
  const stopListening = parts.feed.listen(tell, () => clients.size > 0);

  function refusalOf(request: IncomingMessage, url: URL): string | null {
    if (!paths.has(url.pathname)) return '404 Not Found';
    if (!parts.origins.mayConnect(request)) return '403 Forbidden';
    if ([...url.searchParams.values()].some((value) => value.length > longestName || !isStorable(value))) return '400 Bad Request';
    return clients.size >= mostConnections ? '503 Service Unavailable' : null;
  }

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Not `new URL`: what it throws for an address such as `//` would end the process.
    const url = URL.parse(request.url ?? '/', 'http://here');
    const refusal = url ? refusalOf(request, url) : '400 Bad Request';
    if (!url || refusal) {
      socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    server.handleUpgrade(request, socket, head, (opened) => {
      const { searchParams } = url;
      const client = new SocketClient(opened, { sessionId: searchParams.get('sessionId'), blastId: searchParams.get('blastId') }, parts);
      clients.set(opened, client);
      answered.add(opened);
      opened.on('pong', () => answered.add(opened));
      opened.on('close', () => clients.delete(opened));
    });
  }

  /** One question per session, however many pages it has open. */
  async function beat(): Promise<void> {
    const sessions = new Map<string, Promise<Caller | null>>();
    for (const [socket, client] of clients) {
      if (!answered.delete(socket)) socket.terminate();
      else socket.ping();
      const { sessionId } = client.caller ?? {};
      if (!sessionId) continue;
      const found = sessions.get(sessionId) ?? lookUp(parts, sessionId);
      sessions.set(sessionId, found);
      await found.then((caller) => client.renew(caller)).catch(() => undefined);
    }
    await noteCallers(
      parts,
      [...clients.values()].flatMap(({ caller }) => (caller ? [caller] : [])),
    ).catch(() => undefined);
  }

  const beats = setInterval(() => void beat(), parts.beatMs ?? usualBeatMs);
  return {
    attach: (http) => void http.on('upgrade', upgrade),
    sessionEnded(sessionId) {
      for (const client of clients.values()) if (client.caller?.sessionId === sessionId) client.end(closeCodes.signedOut, 'the session has ended');
    },
    close() {
      clearInterval(beats);
      stopListening();
      for (const [socket, client] of clients) {
        client.end(closeCodes.stopping, 'the server is stopping');
        // A client that does not answer the close would hold the process.
        setTimeout(() => socket.terminate(), 2000).unref();
      }
      server.close();
    },
    count: () => clients.size,
  };
}

/** Whoever has a connection is there. */
async function noteCallers({ db }: Pick<SocketParts, 'db'>, callers: readonly Caller[]): Promise<void> {
  for (const [workspaceId, group] of Map.groupBy(callers, (caller) => caller.workspaceId))
    await inWorkspace(db, workspaceId, (trx) => noteHere(trx, workspaceId, [...new Set(group.map((caller) => caller.personId))]));
}

/** Null when the session has ended. A database that does not answer ends nothing. */
async function lookUp({ db, tokens }: SocketParts, sessionId: string): Promise<Caller | null> {
  const session = await openSession(db, sessionId, tokens.now());
  return session && { personId: session.personId, workspaceId: session.workspaceId, sessionId, role: session.role };
}
