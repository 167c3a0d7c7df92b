import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A page that stands still or moves as it is told. */
export type MovingSite = AsyncDisposable & { url: string; tell(what: 'change' | 'move' | 'rest'): void };

const page = `<!doctype html><title>Moving</title><style>body { margin: 0; font: 20px sans-serif } i { position: fixed; width: 120px; height: 120px; background: #2450c4 }</style>
<h1 id="line">0</h1><p>${'A line of text that stands still. '.repeat(60)}</p><i id="box"></i>
<div id="side"><div id="pane-side">Chats</div></div>
<script>
  let changes = 0, isMoving = false;
  const step = (now) => {
    if (!isMoving) return;
    box.style.transform = 'translate(' + (400 + 300 * Math.sin(now / 400)) + 'px,' + (300 + 100 * Math.cos(now / 400)) + 'px)';
    requestAnimationFrame(step);
  };
  new EventSource('/told').onmessage = ({ data }) => {
    if (data === 'change') line.textContent = 'Change ' + (changes += 1);
    if (data !== 'change') isMoving = data === 'move';
    if (isMoving) requestAnimationFrame(step);
  };
</script>`;

/** It has what the WhatsApp pack takes for its list of chats, because a page that is not ready is looked at far more often. */
export async function startMovingSite(): Promise<MovingSite> {
  let told: ServerResponse | null = null;
  const server = createServer(({ url = '/' }, answer) => {
    if (url !== '/told') return void answer.writeHead(200, { 'content-type': 'text/html' }).end(page);
    answer.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    told = answer;
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // A listening TCP server has an AddressInfo.
  return {
    url: `http://127.0.0.1:${port}/`,
    tell: (what) => void told?.write(`data: ${what}\n\n`),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}
