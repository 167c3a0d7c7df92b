import type { Page } from 'playwright';

/** Whether the messenger still answers its page. */
export type SocketEar = {
  /** How long the page has sent and heard nothing back, on every socket that has answered before; 0 while one does, or none is open. */
  silentMs(now?: number): number;
};
type Line = { heard: boolean; unansweredAt: number | null };

/**
 * Listens to the sockets that a page and its dedicated workers open from now on: call it before the page goes to its messenger. Frames are counted,
 * not looked into. Those of a shared worker are not told to the page (measured on Playwright 1.65): such a messenger counts as one without sockets.
 */
export function hearSockets(page: Page): SocketEar {
  const lines = new Set<Line>();
  // Sockets of a document that is left do not always report their end.
  page.on('request', (request) => request.isNavigationRequest() && request.frame() === page.mainFrame() && lines.clear());
  page.on('websocket', (socket) => {
    const line: Line = { heard: false, unansweredAt: null };
    lines.add(line);
    socket.on('framesent', () => {
      line.unansweredAt ??= performance.now();
    });
    socket.on('framereceived', () => {
      line.heard = true;
      line.unansweredAt = null;
    });
    socket.on('close', () => lines.delete(line));
  });
  return {
    silentMs(now = performance.now()) {
      // Beside one that answers, one that never does, such as a counter of visits, says nothing about the messenger.
      const heard = [...lines].filter((line) => line.heard);
      const known = heard.length > 0 ? heard : [...lines];
      const silences = known.map((line) => (line.unansweredAt === null ? 0 : now - line.unansweredAt));
      return silences.length === 0 ? 0 : Math.min(...silences);
    },
  };
}
