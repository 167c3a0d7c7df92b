import { setTimeout as wait } from 'node:timers/promises';
import type { CDPSession, Page } from 'playwright';
import type { FrameKind, LiveFrame } from '#core/live-frame.ts';

/**
 * `restMs` is how long Chromium captures nothing after a frame. `settleMs` is after how much quiet the page is looked at once more.
 * Sizes: 640x400 at quality 50 is about 10 KB.
 */
type Manner = { maxWidth: number; maxHeight: number; quality: number; restMs: number; settleMs: number };
const manners: Record<FrameKind, Manner> = {
  thumb: { maxWidth: 640, maxHeight: 400, quality: 50, restMs: 500, settleMs: 0 },
  live: { maxWidth: 1280, maxHeight: 800, quality: 60, restMs: 0, settleMs: 200 },
};

/**
 * Chromium captures while at most two frames are unanswered, and a page that keeps moving fills that window: three pictures are made at
 * a time and each waits for the others. So the first two of a cast stay unanswered: a few quick changes still come at once, and from
 * then on one picture at a time is made, which is fresh (measured on a busy machine: half as old, two thirds as many).
 */
const owedAnswers = 2;

/**
 * Shows a page until `signal` aborts: a frame at once, then one per change, never the same picture twice. Late answers to Chromium
 * would throttle it too, but it drops what changes while all its frames are unanswered, and the last state of a page stays unseen
 * (measured). So a thumb stops and starts the cast instead: a start always brings the present picture, and a quiet page costs nothing.
 */
export async function castPage(page: Page, kind: FrameKind, onFrame: (frame: LiveFrame) => void, signal: AbortSignal): Promise<void> {
  const { restMs, settleMs, ...format } = manners[kind];
  const session = await page.context().newCDPSession(page);
  const frames = newFrames(session, kind);
  page.once('close', frames.end);
  signal.addEventListener('abort', frames.end, { once: true });
  const restart = async () => {
    await session.send('Page.stopScreencast');
    await wait(restMs, undefined, { signal });
    await session.send('Page.startScreencast', { format: 'jpeg', ...format });
  };
  try {
    await session.send('Page.startScreencast', { format: 'jpeg', ...format });
    let isSettled = true;
    while (!signal.aborted && !page.isClosed()) {
      const frame = await frames.next(isSettled ? 0 : settleMs);
      if (frame) onFrame(frame);
      // In a fast cast the last of many changes may be dropped: look once more when it has become quiet.
      if (restMs > 0 || !frame) await restart();
      isSettled = restMs > 0 || !frame;
    }
  } catch (error) {
    // The page closed or the last viewer left in the middle of a call.
    if (!signal.aborted && !page.isClosed()) throw error;
  } finally {
    signal.removeEventListener('abort', frames.end);
    page.off('close', frames.end);
    // Detaching ends the screencast as well; a page that is gone has ended it already.
    await session.detach().catch(() => undefined);
  }
}

/** `next` answers the newest frame that was not seen yet; null after `patienceMs` (0: no limit) without one, or at the end. */
type Frames = { next(patienceMs: number): Promise<LiveFrame | null>; end(): void };

function newFrames(session: CDPSession, kind: FrameKind): Frames {
  let lastData = '';
  let newest: LiveFrame | null = null;
  let isOver = false;
  let wake = new AbortController();
  let cast = { sessionId: -1, frames: 0 };
  session.on('Page.screencastFrame', ({ data, sessionId, metadata }) => {
    // Each start begins a cast with an id and a window of its own.
    if (cast.sessionId !== sessionId) cast = { sessionId, frames: 0 };
    cast.frames += 1;
    // A session that is gone needs no answer.
    if (cast.frames > owedAnswers) session.send('Page.screencastFrameAck', { sessionId }).catch(() => undefined);
    if (data === lastData) return;
    lastData = data;
    const at = (metadata.timestamp ?? Date.now() / 1000) * 1000;
    newest = { kind, width: metadata.deviceWidth, height: metadata.deviceHeight, at, jpeg: Buffer.from(data, 'base64') };
    wake.abort();
  });
  const forever = 2 ** 31 - 1;
  return {
    next: async (patienceMs) => {
      if (!newest && !isOver) {
        wake = new AbortController();
        await wait(patienceMs || forever, undefined, { signal: wake.signal }).catch(() => undefined);
      }
      const frame = newest;
      newest = null;
      return frame;
    },
    end: () => {
      isOver = true;
      wake.abort();
    },
  };
}

/** One picture now, half size, without touching focus or carets as Playwright's own screenshot does. */
export async function captureThumb(page: Page): Promise<Buffer> {
  const session = await page.context().newCDPSession(page);
  try {
    const size = page.viewportSize() ?? { width: 1280, height: 800 };
    const clip = { x: 0, y: 0, ...size, scale: 0.5 };
    const { data } = await session.send('Page.captureScreenshot', { format: 'jpeg', quality: manners.thumb.quality, clip });
    return Buffer.from(data, 'base64');
  } finally {
    await session.detach().catch(() => undefined);
  }
}
