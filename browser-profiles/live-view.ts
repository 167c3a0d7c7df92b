import type { Page } from 'playwright';
import { Failure } from '#core/failure.ts';
import { type FrameKind, type LiveFrame, newestOnly } from '#core/live-frame.ts';
import type { HostEvent } from './host-event.ts';
import { captureThumb, castPage } from './screencast.ts';

/** What a view needs of the host. */
export interface Pages {
  /** The messenger's own page: what the wall shows. */
  pageOf(profileId: string): Page | null;
  on(listener: (event: HostEvent) => void): () => void;
  keepInView(profileId: string): () => void;
}

/** The tab that is looked at in full size, and when it is another one. */
export interface ShownPages {
  shownPageOf(profileId: string): Page | null;
  onShown(listener: (profileId: string) => void): () => void;
}

export type Viewer = (frame: LiveFrame) => void | Promise<void>;

export type LiveView = {
  /**
   * Shows the profile to `onFrame` until `signal` aborts: the last frame at once when somebody else watches already, then every
   * newer one that the viewer keeps up with (it is busy until its promise settles). A closed profile shows nothing and goes on when it opens.
   */
  watch(profileId: string, options: { kind: FrameKind }, onFrame: Viewer, signal: AbortSignal): void;
  /** The newest small JPEG, at most one second old while the profile is open. Throws `not_ready` when it is closed. */
  thumbnail(profileId: string): Promise<Buffer>;
  /** A PNG of the page in full size. Throws `not_ready` when the profile is closed. */
  screenshot(profileId: string, options?: { fullPage: boolean }): Promise<Buffer>;
  /** All frames that Chromium has made for viewers so far; it stands still while nobody watches. */
  framesCaptured(): number;
  close(): void;
};

const thumbLifeMs = 1_000;
const screenshotMs = 10_000;

/** One producer per page and kind, shared by all its viewers; none without viewers. */
export function createLiveView(host: Pages, tabs: ShownPages): LiveView {
  const shows = new Map<string, Show>();
  const thumbs = new Map<string, { at: number; picture: Promise<Buffer> }>();
  let captured = 0;
  const stopTurning = tabs.onShown((profileId) => shows.get(`live ${profileId}`)?.restart());
  const stopListening = host.on((event) => {
    if (event.is === 'launching' || event.is === 'closing' || event.is === 'failed') return;
    if (event.is !== 'opened') thumbs.delete(event.profileId);
    for (const show of shows.values()) if (show.profileId === event.profileId) show.restart();
  });
  const showOf = (profileId: string, kind: FrameKind): Show => {
    const key = `${kind} ${profileId}`;
    const onEmpty = () => void shows.delete(key);
    const onCapture = () => {
      captured += 1;
    };
    const show = shows.get(key) ?? startShow({ host, tabs, profileId, kind, onCapture, onEmpty });
    shows.set(key, show);
    return show;
  };
  return {
    watch: (profileId, { kind }, onFrame, signal) => {
      if (!signal.aborted) showOf(profileId, kind).join(onFrame, signal);
    },
    thumbnail: async (profileId) => {
      const page = openPage(host, profileId);
      const shown = shows.get(`thumb ${profileId}`)?.last();
      if (shown) return Buffer.from(shown.jpeg);
      const kept = thumbs.get(profileId);
      if (kept && performance.now() - kept.at < thumbLifeMs) return kept.picture;
      const picture = captureThumb(page);
      thumbs.set(profileId, { at: performance.now(), picture });
      // A picture that failed must not stand for a second.
      picture.catch(() => thumbs.delete(profileId));
      return picture;
    },
    screenshot: async (profileId, { fullPage } = { fullPage: false }) =>
      openPage(host, profileId).screenshot({ type: 'png', fullPage, timeout: screenshotMs, caret: 'initial' }),
    framesCaptured: () => captured,
    close: () => {
      stopListening();
      stopTurning();
      for (const show of shows.values()) show.end();
      shows.clear();
    },
  };
}

function openPage(host: Pages, profileId: string): Page {
  const page = host.pageOf(profileId);
  if (!page) throw new Failure('not_ready', 'This profile is closed. Start it to see its page.');
  return page;
}

type Show = { profileId: string; join(onFrame: Viewer, signal: AbortSignal): void; last(): LiveFrame | null; restart(): void; end(): void };
type ShowParts = { host: Pages; tabs: ShownPages; profileId: string; kind: FrameKind; onCapture(): void; onEmpty(): void };

/** The one producer of a page and kind. It runs from its first viewer to its last, and follows the profile through closing and opening. */
function startShow({ host, tabs, profileId, kind, onCapture, onEmpty }: ShowParts): Show {
  const viewers = new Set<(frame: LiveFrame) => void>();
  // The wall shows every profile all day long: nobody looks at one of them.
  const lookAway = kind === 'live' ? host.keepInView(profileId) : () => undefined;
  let last: LiveFrame | null = null;
  let running = new AbortController();
  const stop = () => {
    running.abort();
    last = null;
  };
  const restart = () => {
    stop();
    const page = kind === 'live' ? tabs.shownPageOf(profileId) : host.pageOf(profileId);
    if (!page) return;
    running = new AbortController();
    const { signal } = running;
    const onFrame = (frame: LiveFrame) => {
      if (signal.aborted) return;
      onCapture();
      last = frame;
      for (const show of viewers) show(frame);
    };
    // A page that closes under it is reported by the host, and the next one restarts it.
    castPage(page, kind, onFrame, signal).catch(() => undefined);
  };
  const end = () => {
    stop();
    lookAway();
    onEmpty();
  };
  restart();
  return {
    profileId,
    last: () => last,
    restart,
    end,
    join: (onFrame, signal) => {
      const show = newestOnly(onFrame);
      viewers.add(show);
      if (last) show(last);
      const leave = () => {
        viewers.delete(show);
        if (viewers.size === 0) end();
      };
      signal.addEventListener('abort', leave, { once: true });
    },
  };
}
