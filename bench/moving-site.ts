import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Pages that stand still or move as they are told, each by its name in the address: the same for the product and for the bare browser. They have
 * what the WhatsApp pack takes for its list of chats, because a page that is not ready is looked at far more often.
 */
export type MovingSite = AsyncDisposable & { addressOf(name: string): string; tell(name: string, what: 'change' | 'move' | 'rest'): Promise<void> };

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
  new EventSource('/told' + location.pathname).onmessage = ({ data }) => {
    if (data === 'change') line.textContent = 'Change ' + (changes += 1);
    if (data !== 'change') isMoving = data === 'move';
    if (isMoving) requestAnimationFrame(step);
  };
</script>`;

export async function startMovingSite(): Promise<MovingSite> {
  const told = new Map<string, ServerResponse>();
  const server = createServer(({ url = '/' }, answer) => {
    if (!url.startsWith('/told/')) return void answer.writeHead(200, { 'content-type': 'text/html' }).end(page);
    answer.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    told.set(url.slice('/told/'.length), answer);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // A listening TCP server has an AddressInfo.
  return {
    addressOf: (name) => `http://127.0.0.1:${port}/${name}`,
    tell: async (name, what) => {
      const answer = told.get(name);
      if (!answer) throw new Error(`The page ${name} has not been opened`);
      answer.write(`data: ${what}\n\n`);
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}
