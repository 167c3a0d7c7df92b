import type { Logger } from 'pino';
import { createBlastNews } from './blast-news.ts';
import { createControlDial } from './control-dial.ts';
import { startEventFeed } from './event-feed.ts';
import type { Ground } from './ground.ts';
import { createLiveDial } from './live-dial.ts';
import type { Origins } from './origins.ts';
import { createProfileRemote, hostFor } from './profile-remote.ts';
import type { ProfilePlace } from './profiles.ts';
import { createQrNews } from './qr-news.ts';
import { createSockets, type SocketParts } from './socket.ts';

/** What is told as it happens: the event log, the workers' pictures and codes, and the sockets that carry them on. */
export async function startLive({ database, db, sealer, tokens, ring }: Ground, origins: Origins, log: Logger, parts: AsyncDisposableStack) {
  const hostOf = async (place: ProfilePlace) => {
    const host = await hostFor(db, place).catch(() => null);
    return host && { url: host.url, secret: sealer.openText(host.sealedSecret) };
  };
  const liveDial = createLiveDial({ hostOf });
  parts.defer(() => liveDial.close());
  const remote = createProfileRemote({ db, sealer, screenshot: (place, signal) => liveDial.screenshot(place, signal) });
  const ending = new AbortController();
  const feed = await startEventFeed(database, log, ending.signal);
  parts.defer(() => {
    ending.abort();
    return feed.ended;
  });
  const qrNews = createQrNews(feed, (place, signal) => remote.login(place, { by: 'look' }, signal));
  parts.defer(() => qrNews.close());
  const blastNews = createBlastNews(db, feed);
  parts.defer(() => blastNews.close());
  const watchFrames: SocketParts['watchFrames'] = (place, kind, viewer, signal) => liveDial.watch(place, kind, viewer, signal);
  const dialControl = createControlDial({ hostOf });
  const sockets = createSockets({ db, tokens, origins, feed, qrNews, blastNews, watchFrames, dialControl, ring, log });
  parts.defer(() => sockets.close());
  return { remote, sockets, pageLog: liveDial.pageLog };
}
