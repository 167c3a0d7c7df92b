import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { join } from 'node:path';
import type { Express } from 'express';
import express from 'express';
import { WebSocketServer } from 'ws';
import { answerErrors, controlApi } from './control.ts';
import { createHub } from './hub.ts';
import type { Settings } from './model.ts';
import type { PageFiles } from './page-files.ts';
import { pageFiles } from './page-files.ts';
import type { Desk } from './pairing.ts';
import { noPairings } from './pairing.ts';
import { playPeers } from './peers.ts';
import type { Lab } from './store.ts';
import { createLab } from './store.ts';
import { realTimers } from './timers.ts';

export type WhatsAppLab = AsyncDisposable & {
  /** What a profile opens instead of https://web.whatsapp.com */
  url: string;
  /** Base address of the control API (`control.ts`). */
  control: string;
  /** The phones of the accounts; `/<number>` for one. */
  phones: string;
  lab: Lab;
  close: () => Promise<void>;
};

export type LabOptions = { host?: string; port?: number; store?: Lab; settings?: Partial<Settings> };

/** Starts the stand-in for WhatsApp Web with its phones and its control API on one port. */
export async function startWhatsAppLab(options: LabOptions = {}): Promise<WhatsAppLab> {
  const { host = '127.0.0.1', port = 0, store: lab = createLab() } = options;
  Object.assign(lab.settings, options.settings);
  const ending = new AbortController();
  const desk: Desk = { lab, timers: realTimers(ending.signal), pairings: noPairings() };
  const hub = createHub(desk);
  const stopPeers = playPeers(lab, desk.timers);

  const app = express();
  app.use('/control', express.json({ limit: '20mb' }), controlApi(desk, hub), answerErrors);
  serveMessenger(app, lab, pageFiles(join(import.meta.dirname, 'page'), randomBytes(4).toString('hex')));

  const server = createServer(app);
  const sockets = new WebSocketServer({ server, path: '/ws/chat' });
  sockets.on('connection', (socket) => hub.accept(socket));
  await new Promise<void>((listening, failed) => server.once('error', failed).listen(port, host, listening));
  const address = server.address();
  const url = `http://${host}:${typeof address === 'object' && address ? address.port : port}`;

  const close = async () => {
    if (ending.signal.aborted) return;
    ending.abort();
    stopPeers();
    hub.close();
    sockets.close();
    server.closeAllConnections();
    await new Promise<void>((closed) => server.close(() => closed()));
  };
  return { url, control: `${url}/control`, phones: `${url}/phone`, lab, close, [Symbol.asyncDispose]: close };
}

function serveMessenger(app: Express, lab: Lab, files: PageFiles): void {
  // Facts 2.1: the deep link is a full load of the same page.
  app.get(['/', '/send'], async (_request, response) => {
    const html = await files.html('index.html');
    response
      .type('html')
      .set('cache-control', 'no-store')
      .send(html.replace('%DIALECT%', lab.settings.dialect).replace('%SPLASH%', String(lab.settings.splashMs)));
  });
  app.get('/page/styles.css', async (_request, response) => void response.type('css').send(await files.style('styles.css')));
  app.get('/page/:name', async (request, response) => {
    if (!/^[a-z-]+\.ts$/.test(request.params.name)) return void response.status(404).end();
    response.type('text/javascript').send(await files.script(request.params.name));
  });
}
