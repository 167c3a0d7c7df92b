import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import express from 'express';
import { WebSocketServer } from 'ws';
import { answerErrors, controlApi } from './control.ts';
import { createHub } from './hub.ts';
import type { Settings } from './model.ts';
import { serveMessenger, servePhones } from './pages.ts';
import type { Desk } from './pairing.ts';
import { noPairings } from './pairing.ts';
import { playPeers } from './peers.ts';
import { keepLab, loadLab } from './saved-file.ts';
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

export type LabOptions = {
  host?: string;
  port?: number;
  store?: Lab;
  settings?: Partial<Settings> /** Memory across restarts; see saved-file.ts. */;
  dataFile?: string;
};

/** Starts the stand-in for WhatsApp Web with its phones and its control API on one port. */
export async function startWhatsAppLab(options: LabOptions = {}): Promise<WhatsAppLab> {
  const { host = '127.0.0.1', port = 0, store: lab = createLab() } = options;
  Object.assign(lab.settings, options.settings);
  if (options.dataFile) loadLab(lab, options.dataFile);
  const ending = new AbortController();
  const desk: Desk = { lab, timers: realTimers(ending.signal), pairings: noPairings() };
  const hub = createHub(desk);
  const stopPeers = playPeers(lab, desk.timers);
  const stopKeeping = options.dataFile ? keepLab(lab, options.dataFile, desk.timers) : () => {};

  const app = express();
  app.use('/control', express.json({ limit: '20mb' }), controlApi(desk, hub), answerErrors);
  serveMessenger(app, lab, randomBytes(4).toString('hex'));
  servePhones(app);

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
    stopKeeping();
    hub.close();
    sockets.close();
    server.closeAllConnections();
    await new Promise<void>((closed) => server.close(() => closed()));
  };
  return { url, control: `${url}/control`, phones: `${url}/phone`, lab, close, [Symbol.asyncDispose]: close };
}
