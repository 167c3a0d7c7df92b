import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { loadPacks } from '#browser-profiles/engine/load-packs.ts';
import { createProxyTrier } from '#browser-profiles/try-proxy.ts';
import { lookIntoBox } from '#channels/email/box.ts';
import { createDomainCheck } from '#channels/email/check-domain.ts';
import { fetchText } from '#channels/email/fetch-text.ts';
import { Failure } from '#core/failure.ts';
import { createMediaStore } from '#sql/media-store.ts';
import { createApp } from './app.ts';
import type { ServerConfig } from './config.ts';
import { createFurnisher } from './first-accounts.ts';
import { openGround } from './ground.ts';
import { composeHandlers, requireEvery } from './handlers.ts';
import { createLimits, defaultLimits } from './limits.ts';
import { startLive } from './live.ts';
import { createMailConfirm, createOptInWriter } from './mail-confirm.ts';
import { createOrigins } from './origins.ts';
import { cardOf } from './packs.ts';
import { createRemotePrinter } from './profile-remote.ts';
import { createQueuePages } from './queue-pages.ts';
import { createTestSender } from './test-mail.ts';

export type RunningServer = { url: string; close(): Promise<void> };

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url));
export const version = '0.1.0';
/** Replies that are under way when the server stops get this long. */
const leaveMs = 3000;

/** Makes every object of a server, hands each to whoever needs it, and listens. `close` ends it in order; so does a start that fails. */
export async function startServer(config: ServerConfig, log: Logger): Promise<RunningServer> {
  await using parts = new AsyncDisposableStack();
  const ground = await openGround(config, log, parts);
  const { publicUrl, trustedProxies, databaseUrl } = config;
  const origins = createOrigins({ publicUrl, allowed: config.corsAllowedOrigins });
  const { remote, sockets, pageLog } = await startLive(ground, origins, log, parts);
  const packs = [...(await loadPacks(config.packsDir)).values()].map(cardOf);
  const furnishFirst = createFurnisher(config.first, packs);
  const sendTest = createTestSender({ db: ground.db, sealer: ground.sealer, catcher: config.catcher });
  const tryProxy = createProxyTrier(config.proxyCheckUrl);
  const own = { url: publicUrl ?? '' };
  const links = publicUrl ? { publicUrl, sealer: ground.sealer } : null;
  const mediaStore = createMediaStore(ground.db, ground.sealer);
  const handlers = composeHandlers({
    ...ground,
    platforms: config.platforms,
    ownUrl: () => own.url,
    version,
    sessionEnded: sockets.sessionEnded,
    packs,
    remote,
    storageState: remote.storageState,
    pageLog,
    mediaStore,
    writeOptIn: links && createOptInWriter(links),
    tryProxy,
    sendTest,
    print: createRemotePrinter(ground),
    publicUrl,
    checkDomain: createDomainCheck(config.nameServers),
    lookIntoBox,
    furnishFirst,
  });
  const queuePages = createQueuePages({ ...ground, databaseUrl, publicUrl });
  parts.defer(() => queuePages.close());
  const app = createApp({
    ...ground,
    webhooks: config.webhooks,
    fetchText,
    packs,
    mediaStore,
    mailConfirm: links && createMailConfirm({ ...links, db: ground.db, sendTest }),
    platforms: config.platforms,
    handlers: requireEvery(handlers),
    limits: createLimits(defaultLimits, ground.db),
    origins,
    secureCookies: publicUrl?.startsWith('https:') ?? false,
    log,
    version,
    publicUrl,
    trustedProxies,
    pagesDirectory: folder('../dist/ui'),
    queuePages: queuePages.handle,
  });
  const server = createServer(app);
  sockets.attach(server);
  const url = await listen(server, config);
  own.url ||= url;
  parts.defer(() => leave(server, sockets.close));
  const owned = parts.move();
  return { url, close: () => owned.disposeAsync() };
}

async function listen(server: Server, { host, port }: ServerConfig): Promise<string> {
  server.listen(port, host);
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE')
      throw new Failure('config_invalid', `Port ${port} is taken. Set PORT to another one, or to 0 for any free one.`, { cause: error });
    throw new Failure('config_invalid', `The server cannot listen at ${host}:${port}. Check HOST and PORT.`, { cause: error });
  });
  const address = server.address() as AddressInfo; // A TCP server has an AddressInfo.
  return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
}

/** No new connections; sockets say goodbye; what is being answered may end. */
async function leave(server: Server, closeSockets: () => void): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  closeSockets();
  server.closeIdleConnections();
  const late = setTimeout(() => server.closeAllConnections(), leaveMs);
  await closed;
  clearTimeout(late);
}
