import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { loadPacks } from '#browser-profiles/engine/load-packs.ts';
import { checkProxy } from '#browser-profiles/proxy-check.ts';
import { buildProxyUrl } from '#browser-profiles/proxy-url.ts';
import { openDatabase } from '#sql/database.ts';
import { createBell } from '#sql/events.ts';
import { createQueue, openQueue } from '#sql/queue.ts';
import { createSealer } from '#sql/sealed.ts';
import { createApp } from './app.ts';
import { createBlastNews } from './blast-news.ts';
import type { ServerConfig } from './config.ts';
import { startEventFeed } from './event-feed.ts';
import { composeHandlers, requireEvery } from './handlers.ts';
import { createLimits, defaultLimits } from './limits.ts';
import { createLiveDial } from './live-dial.ts';
import { createOrigins } from './origins.ts';
import { cardOf } from './packs.ts';
import { createProfileRemote, hostFor } from './profile-remote.ts';
import type { ProfilePlace } from './profiles.ts';
import type { ProxyParts } from './proxies.ts';
import { createQrNews } from './qr-news.ts';
import { createSockets, type Sockets } from './socket.ts';
import { createTestSender } from './test-mail.ts';
import { createTokens } from './tokens.ts';

/** Without a profile that uses it, a proxy is asked for a tunnel to a messenger that everybody can reach. */
const usualTarget = 'https://web.whatsapp.com/';

const tryProxy: ProxyParts['tryProxy'] = async (proxy, signal) => {
  const check = await checkProxy(buildProxyUrl(proxy), { target: proxy.target ?? usualTarget, signal });
  return check.ok ? { ...check, why: null } : { ok: false, ms: null, exitAddress: null, why: check.why };
};

export type RunningServer = { url: string; close(): Promise<void> };

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url));
export const version = '0.1.0';

/** Makes every object of a server, hands each to whoever needs it, and listens. `close` ends it in order. */
export async function startServer(config: ServerConfig, log: Logger): Promise<RunningServer> {
  const ending = new AbortController();
  const database = await openDatabase({ url: config.databaseUrl, max: 12 });
  const { db } = database;
  const sealer = createSealer(config.key);
  const now = () => new Date();
  const tokens = createTokens({
    key: sealer.derive('access tokens'),
    accessMinutes: config.accessTokenMinutes,
    refreshDays: config.refreshTokenDays,
    now,
  });
  const boss = await openQueue(config.databaseUrl, { role: 'sends', onError: (error) => log.error({ err: error }, 'queue') });
  const bell = createBell(db);
  const hostOf = async (place: ProfilePlace) => {
    const host = await hostFor(db, place).catch(() => null);
    return host && { url: host.url, secret: sealer.openText(host.sealedSecret) };
  };
  const liveDial = createLiveDial({ hostOf });
  const remote = createProfileRemote({ db, sealer, screenshot: (place, signal) => liveDial.screenshot(place, signal) });
  const feed = await startEventFeed(database, log, ending.signal);
  const qrNews = createQrNews(feed, (place, signal) => remote.login(place, { by: 'look' }, signal));
  const blastNews = createBlastNews(db, feed);
  const origins = createOrigins({ publicUrl: config.publicUrl, allowed: config.corsAllowedOrigins });
  const sockets: Sockets = createSockets({
    db,
    tokens,
    origins,
    feed,
    qrNews,
    blastNews,
    watchFrames: (place, onFrame, signal) => liveDial.watch(place, 'thumb', onFrame, signal),
    ring: bell.ring,
    log,
  });
  const handlers = composeHandlers({
    db,
    tokens,
    version,
    sessionEnded: sockets.sessionEnded,
    sealer,
    queue: createQueue(boss),
    packs: [...(await loadPacks(folder('../scripts'))).values()].map(cardOf),
    remote,
    tryProxy,
    sendTest: createTestSender(db, sealer),
    now,
  });
  const app = createApp({
    db,
    tokens,
    handlers: requireEvery(handlers),
    limits: createLimits(defaultLimits),
    origins,
    secureCookies: config.publicUrl?.startsWith('https:') ?? false,
    ring: bell.ring,
    log,
    version,
    publicUrl: config.publicUrl,
    trustedProxies: config.trustedProxies,
    pagesDirectory: folder('../dist/ui'),
  });
  const server = createServer(app);
  sockets.attach(server);
  server.listen(config.port, config.host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // A TCP server has an AddressInfo.
  return {
    url: `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`,
    async close() {
      sockets.close();
      server.close();
      server.closeIdleConnections();
      ending.abort();
      setTimeout(() => server.closeAllConnections(), 3000).unref();
      await Promise.all([once(server, 'close').catch(() => undefined), feed.ended]);
      qrNews.close();
      blastNews.close();
      liveDial.close();
      bell.close();
      await boss.stop({ graceful: false });
      await database.close();
    },
  };
}
