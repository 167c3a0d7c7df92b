import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A page of the test's own on the loopback address, with the headers that each visit carried. */
export type LoopbackSite = { url: string; port: number; visits: { path: string; userAgent: string }[]; close(): Promise<void> };

const aboutMe = `({ webdriver: navigator.webdriver ?? false, userAgent: navigator.userAgent, language: navigator.language,
  zone: Intl.DateTimeFormat().resolvedOptions().timeZone })`;
const scripts: Record<string, string> = {
  '/worker.js': `postMessage(${aboutMe})`,
  '/shared.js': `onconnect = (event) => event.ports[0].postMessage(${aboutMe})`,
  '/service.js': `onmessage = (event) => event.source.postMessage(${aboutMe})`,
};
const page = `<!doctype html><title>Loopback</title><h1 id="text">hello</h1><script>window.aboutMe = () => ${aboutMe}</script>`;
const bluePage = `<!doctype html><title>Blue</title><body style="margin:0;background:rgb(0,0,255)"><input id="in" style="width:400px;height:100px">`;

export async function startLoopbackSite(): Promise<LoopbackSite> {
  const visits: LoopbackSite['visits'] = [];
  const server = createServer((asked, answer) => {
    const path = asked.url ?? '/';
    if (path === '/favicon.ico') return void answer.writeHead(404).end();
    visits.push({ path, userAgent: asked.headers['user-agent'] ?? '' });
    answer.setHeader('content-type', scripts[path] ? 'text/javascript' : 'text/html');
    answer.end(scripts[path] ?? (path === '/blue' ? bluePage : page));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  // A listening TCP server has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    port,
    visits,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
