import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import type { LiveView } from '#browser-profiles/live-view.ts';
import type { PageLog } from '#browser-profiles/page-log.ts';
import type { Tabs } from '#browser-profiles/tabs.ts';
import { asFailure, Failure } from '#core/failure.ts';
import { keepAlive } from '#core/keep-alive.ts';
import { encodeFrame } from '#core/live-frame.ts';

export type LiveSocketOptions = {
  liveView: LiveView;
  tabs: Pick<Tabs, 'watch'>;
  pageLog?: Pick<PageLog, 'notesOf'>;
  /** Known to the servers from the host's row; new with each start of a worker. */
  secret: string;
  /** Where servers reach this worker, such as http://10.0.0.5:9100; null: a free port on 127.0.0.1. */
  address: string | null;
  /** What else servers may ask of this worker; answers false for a path that it does not know. The secret is proven by then. */
  answer?: (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;
  /** Other sockets that servers may open; answers false for a path that it does not know. The secret is proven by then. */
  upgrade?: (asked: AskedSocket) => boolean;
  /** Somebody begins to look at a profile itself, not at its small picture. */
  looked?: (profileId: string) => void;
  log: { warn(fields: object, text: string): void };
};

/** A socket that a server opens; the address is one that can be read. */
export type AskedSocket = { url: URL; request: IncomingMessage; socket: Duplex; head: Buffer };

const Watched = z.object({ profile: z.string().regex(/^[-\w]{1,64}$/), kind: z.enum(['thumb', 'live']) });
const Notes = /^\/page-log\/([-\w]{1,64})$/;
const Picture = /^\/(screenshot|thumbnail)\/([-\w]{1,64})$/;

/**
 * The worker's private door for servers. Every request carries `authorization: Bearer <secret>`.
 * GET /screenshot/<profile> is a PNG, GET /thumbnail/<profile> a JPEG; both 409 while the profile is closed.
 * GET /log/<profile> and GET /network/<profile> are what was noted of its browser and of its page's failed requests.
 * GET /frames says how many frames Chromium has made for viewers so far; it stands still while nobody watches.
 * WebSocket /live?profile=<id>&kind=thumb|live sends one binary message per frame, see core/live-frame.ts, and for `live` the tabs of
 * core/tabs.ts as text, whenever they change. What a viewer sends is
 * ignored: looking can never become typing. A slow viewer gets only the newest frame.
 */
export async function startLiveSocket(options: LiveSocketOptions): Promise<{ url: string; close(): Promise<void> }> {
  const isKnown = bearerCheck(options.secret);
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 1024 });
  const server = createServer((request, response) => {
    if (isKnown(request)) void answer(options, request, response);
    else refuse(response, new Failure('signed_out'));
  });
  server.on('upgrade', (request, socket, head) => {
    if (!isKnown(request)) return refuseUpgrade(socket, '401 Unauthorized');
    // Not `new URL`: what it throws for an address such as `//` would end the process.
    const url = URL.parse(request.url ?? '/', 'http://worker');
    if (!url) return refuseUpgrade(socket, '400 Bad Request');
    if (options.upgrade?.({ url, request, socket, head })) return;
    const watched = readWatched(url);
    if (watched?.kind === 'live') options.looked?.(watched.profile);
    if (watched) sockets.handleUpgrade(request, socket, head, (viewer) => show(options, watched, viewer));
    else refuseUpgrade(socket, '404 Not Found');
  });
  const url = await listen(server, options.address);
  return {
    url,
    close: async () => {
      for (const viewer of sockets.clients) viewer.terminate();
      server.closeAllConnections();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

/** Compares digests, so that neither the length nor the beginning of the secret shows in the time it takes. */
function bearerCheck(secret: string): (request: IncomingMessage) => boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const expected = digest(`Bearer ${secret}`);
  return (request) => timingSafeEqual(digest(request.headers.authorization ?? ''), expected);
}

function readWatched(url: URL): z.output<typeof Watched> | null {
  if (url.pathname !== '/live') return null;
  return Watched.safeParse(Object.fromEntries(url.searchParams)).data ?? null;
}

function show({ liveView, tabs }: LiveSocketOptions, watched: z.output<typeof Watched>, viewer: WebSocket): void {
  const leaving = new AbortController();
  keepAlive(viewer);
  viewer.once('close', () => leaving.abort());
  liveView.watch(
    watched.profile,
    { kind: watched.kind },
    // Settles when the network has taken the bytes: until then newer frames replace each other instead of piling up.
    (frame) => new Promise((resolve) => viewer.send(encodeFrame(frame), { binary: true }, () => resolve())),
    leaving.signal,
  );
  if (watched.kind === 'live') tabs.watch(watched.profile, (now) => viewer.send(JSON.stringify(now)), leaving.signal);
}

async function answer(options: LiveSocketOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const [, what, profileId] = (request.method === 'GET' && Picture.exec(request.url ?? '')) || [];
    const notes = notesOf(options, request);
    if (profileId) {
      const picture = await (what === 'screenshot' ? options.liveView.screenshot(profileId) : options.liveView.thumbnail(profileId));
      response.writeHead(200, { 'content-type': what === 'screenshot' ? 'image/png' : 'image/jpeg', 'cache-control': 'no-store' }).end(picture);
    } else if (notes) {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(notes));
    } else if (request.method === 'GET' && request.url === '/frames') {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ captured: options.liveView.framesCaptured() }));
    } else if (!(await options.answer?.(request, response))) refuse(response, new Failure('not_found'));
  } catch (error) {
    const failure = asFailure(error);
    if (failure.code === 'broken') options.log.warn({ err: error }, 'a request of a server failed');
    refuse(response, failure);
  }
}

function notesOf({ pageLog }: LiveSocketOptions, request: IncomingMessage) {
  const [, profileId] = (request.method === 'GET' && Notes.exec(request.url ?? '')) || [];
  return profileId ? (pageLog?.notesOf(profileId) ?? []) : null;
}

function refuse(response: ServerResponse, { status, code, message }: Failure): void {
  if (response.headersSent) response.destroy();
  else response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ error: { code, message } }));
}

function refuseUpgrade(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

async function listen(server: Server, address: string | null): Promise<string> {
  const wanted = address ? new URL(address) : null;
  const host = wanted?.hostname.replace(/^\[|\]$/g, '') ?? '127.0.0.1';
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new Failure('config_invalid', `The worker cannot listen at ${address ?? host}. Check WORKER_URL.`, { cause })),
    );
    server.listen(wanted ? Number(wanted.port || 80) : 0, host, resolve);
  });
  // A listening TCP server has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  return wanted ? wanted.origin : `http://127.0.0.1:${port}`;
}
