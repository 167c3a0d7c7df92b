import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { createDomainCheck } from '#channels/email/check-domain.ts';
import { Failure } from '#core/failure.ts';
import { createTestDatabase, type TestDatabase } from '#e2e/test-database.ts';
import { createApp } from '#server/app.ts';
import { createBlastNews } from '#server/blast-news.ts';
import type { WebhookSettings } from '#server/config.ts';
import { createControlDial } from '#server/control-dial.ts';
import { startEventFeed } from '#server/event-feed.ts';
import { composeHandlers, requireEvery } from '#server/handlers.ts';
import { createLimits, defaultLimits, type LimitSettings } from '#server/limits.ts';
import type { MailDomainParts } from '#server/mail-domains.ts';
import type { MailEventsParts } from '#server/mail-events-door.ts';
import type { MailInParts } from '#server/mail-in.ts';
import { createOrigins } from '#server/origins.ts';
import type { PackCard } from '#server/packs.ts';
import type { PlatformSettings } from '#server/platform-log-in.ts';
import { createRemotePrinter } from '#server/profile-remote.ts';
import type { ProfileRemote } from '#server/profiles.ts';
import type { ProxyParts } from '#server/proxies.ts';
import { createQrNews } from '#server/qr-news.ts';
import { createQueuePages } from '#server/queue-pages.ts';
import { createSockets, type SocketParts } from '#server/socket.ts';
import { createTokens } from '#server/tokens.ts';
import { createBell } from '#sql/events.ts';
import { createMediaStore } from '#sql/media-store.ts';
import { createQueue, openQueue } from '#sql/queue.ts';
import { createSealer, type Sealer } from '#sql/sealed.ts';

export type TestServer = {
  url: string;
  database: TestDatabase;
  sealer: Sealer;
  /** What was logged, one object a line. */
  logged: Record<string, unknown>[];
  clock: { now: Date };
  call: (method: string, path: string, ask?: CallAsk) => Promise<Reply>;
  [Symbol.asyncDispose](): Promise<void>;
};
export type CallAsk = { token?: string; body?: unknown; headers?: Record<string, string> };
// What a reply holds is what its test says about it.
// biome-ignore lint/suspicious/noExplicitAny: tests read any reply
export type Reply = { status: number; body: any; headers: Headers };

const generous = { most: 100_000, seconds: 60 };
/** Tests of other things sign in more often than people do. */
export const noLimits: LimitSettings = {
  everything: generous,
  link: generous,
  signInByAddress: generous,
  signInByName: generous,
  registerByAddress: generous,
  refreshByAddress: generous,
};

export type TestServerOptions = {
  /** The database of another test server, which disposes of it. */
  database?: TestDatabase;
  limits?: LimitSettings;
  publicUrl?: string;
  corsAllowedOrigins?: string[];
  remote?: ProfileRemote;
  tryProxy?: ProxyParts['tryProxy'];
  checkDomain?: MailDomainParts['checkDomain'];
  lookIntoBox?: MailInParts['lookIntoBox'];
  fetchText?: MailEventsParts['fetchText'];
  watchFrames?: SocketParts['watchFrames'];
  dialControl?: SocketParts['dialControl'];
  beatMs?: number;
  pagesDirectory?: string;
  webhooks?: WebhookSettings;
  platforms?: Partial<PlatformSettings>;
};

const testPack: PackCard = {
  name: 'converse',
  title: 'Converse.js',
  version: '1.0.0',
  baseUrl: 'http://127.0.0.1:1/',
  addressedBy: 'jid',
  reports: ['sent', 'delivered'],
  signsInBy: ['password'],
  media: { image: { maxBytes: 2000, types: ['image/png'] } },
  quotes: true,
};
/** Nothing listens there. */
const noPlatforms: PlatformSettings = {
  graphUrls: ['http://127.0.0.1:1'],
  graphVersion: 'v25.0',
  facebookApp: { id: '100000000000001', secret: 'lab-app-secret' },
  instagramApp: { id: '200000000000002', secret: 'lab-instagram-secret' },
  redirectUri: null,
  phoneNumberId: null,
  businessId: null,
};
const noHost = async () => Promise.reject(new Failure('no_host'));
const noRemote: ProfileRemote = { login: noHost, me: noHost, unread: noHost, dialogs: noHost, checkNumber: noHost, screenshot: noHost };

/** The real app on a real port, and a database of its own unless it is given one. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const database = options.database ?? (await createTestDatabase());
  const sealer = createSealer('a key that only tests use, nowhere else');
  const clock = { now: new Date() };
  const tokens = createTokens({ key: sealer.derive('access tokens'), accessMinutes: 30, refreshDays: 7, now: () => clock.now });
  const boss = await openQueue(database.url, { role: 'sends', onError: () => undefined });
  const queue = createQueue(boss);
  const logged: Record<string, unknown>[] = [];
  const log = pino({ level: 'info' }, { write: (line) => logged.push(JSON.parse(line)) });
  const origins = createOrigins({ publicUrl: options.publicUrl ?? null, allowed: options.corsAllowedOrigins ?? [] });
  const stopping = new AbortController();
  const bell = createBell(database.db);
  const feed = await startEventFeed(database.database, log, stopping.signal);
  const remote = options.remote ?? noRemote;
  const sockets = createSockets({
    db: database.db,
    tokens,
    origins,
    feed,
    log,
    qrNews: createQrNews(feed, (place, signal) => remote.login(place, { by: 'look' }, signal)),
    blastNews: createBlastNews(database.db, feed),
    watchFrames: options.watchFrames ?? (() => undefined),
    dialControl: options.dialControl ?? createControlDial({ hostOf: async () => null }),
    ring: bell.ring,
    beatMs: options.beatMs,
  });
  const queuePages = createQueuePages({ databaseUrl: database.url, db: database.db, tokens, publicUrl: null });
  const platforms = { ...noPlatforms, ...options.platforms };
  const own = { url: '' };
  const app = createApp({
    mediaStore: createMediaStore(database.db, sealer),
    mailConfirm: null,
    platforms,
    webhooks: options.webhooks ?? { verifyToken: null, secrets: [] },
    sealer,
    fetchText: options.fetchText ?? (async () => Promise.reject(new Failure('mail_unreachable'))),
    queue,
    packs: [testPack],
    now: () => clock.now,
    db: database.db,
    tokens,
    handlers: requireEvery(
      composeHandlers({
        db: database.db,
        tokens,
        version: '0.0.0-test',
        sessionEnded: (sessionId) => sockets.sessionEnded(sessionId),
        sealer,
        queue,
        platforms,
        ownUrl: () => own.url,
        packs: [testPack],
        remote,
        mediaStore: createMediaStore(database.db, sealer),
        pageLog: noHost,
        storageState: async () => ({ cookies: [], origins: [] }),
        tryProxy: options.tryProxy ?? (async () => ({ ok: true, ms: 5, exitAddress: null, country: null, why: null })),
        publicUrl: options.publicUrl ?? null,
        checkDomain: options.checkDomain ?? createDomainCheck(['127.0.0.1:9']),
        lookIntoBox: options.lookIntoBox ?? (async () => ({ mails: 0, folders: ['INBOX'] })),
        print: createRemotePrinter({ db: database.db, sealer }),
        sendTest: async () => Promise.reject(new Failure('mail_unreachable')),
        writeOptIn: null,
        now: () => new Date(),
      }),
    ),
    limits: createLimits(options.limits ?? noLimits, database.db),
    origins,
    secureCookies: false,
    ring: bell.ring,
    log,
    version: '0.0.0-test',
    publicUrl: options.publicUrl ?? null,
    trustedProxies: [],
    pagesDirectory: options.pagesDirectory ?? '/nowhere',
    queuePages: queuePages.handle,
  });
  const server = createServer(app).listen(0, '127.0.0.1');
  sockets.attach(server);
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // A TCP server has an AddressInfo.
  own.url = url;
  return {
    url,
    database,
    sealer,
    logged,
    clock,
    call: (method, path, ask) => call(`${url}${path}`, method, ask),
    async [Symbol.asyncDispose]() {
      stopping.abort();
      sockets.close();
      bell.close();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      await feed.ended;
      await queuePages.close();
      await boss.stop({ graceful: false });
      if (!options.database) await database[Symbol.asyncDispose]();
    },
  };
}

export { defaultLimits };

async function call(url: string, method: string, { token, body, headers = {} }: CallAsk = {}): Promise<Reply> {
  const isForm = body instanceof FormData;
  const response = await fetch(url, {
    method,
    redirect: 'manual',
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(body !== undefined && !isForm ? { 'content-type': 'application/json' } : {}),
      ...headers,
    },
    body: isForm || typeof body === 'string' || body === undefined ? body : JSON.stringify(body),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}

let people = 0;
/** Somebody who has just registered, with a workspace of their own. */
export async function registerPerson(
  server: TestServer,
): Promise<{ token: string; refreshToken: string; personId: string; workspaceId: string; email: string; password: string }> {
  people += 1;
  const email = `person${people}@example.test`;
  const password = 'a password of a test';
  const { status, body } = await server.call('POST', '/api/auth/register', { body: { email, password } });
  if (status !== 201) throw new Error(`register answered ${status}: ${JSON.stringify(body)}`);
  return {
    token: body.accessToken,
    refreshToken: body.refreshToken,
    personId: body.person.id,
    workspaceId: body.person.workspace.id,
    email,
    password,
  };
}
