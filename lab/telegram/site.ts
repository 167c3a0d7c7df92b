import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { join } from 'node:path';
import express, { type Express } from 'express';
import { WebSocketServer } from 'ws';
import { pageFiles } from '#lab/whatsapp/page-files.ts';
import { realTimers } from '#lab/whatsapp/timers.ts';
import { answerErrors, controlApi } from './control.ts';
import { createHub } from './hub.ts';
import type { Desk } from './logins.ts';
import type { Settings } from './model.ts';
import { playPeers } from './peers.ts';
import { createLab, type Lab } from './store.ts';

export type TelegramLab = AsyncDisposable & {
  /** What a profile opens instead of https://web.telegram.org/a/ */
  url: string;
  /** Base address of the control API (`control.ts`). */
  control: string;
  lab: Lab;
  close: () => Promise<void>;
};

export type LabOptions = { host?: string; port?: number; store?: Lab; settings?: Partial<Settings> };

/** Starts the stand-in for Telegram Web with its control API on one port. Its page is at `/a/`. */
export async function startTelegramLab(options: LabOptions = {}): Promise<TelegramLab> {
  const { host = '127.0.0.1', port = 0, store: lab = createLab() } = options;
  Object.assign(lab.settings, options.settings);
  const ending = new AbortController();
  const desk: Desk = { lab, timers: realTimers(ending.signal), tokens: new Map(), codes: new Map() };
  const hub = createHub(desk);
  const stopPeers = playPeers(lab, desk.timers);

  const app = express();
  app.use('/control', express.json({ limit: '20mb' }), controlApi(desk, hub), answerErrors);
  servePage(app, lab, randomBytes(4).toString('hex'));
  const server = createServer(app);
  const sockets = new WebSocketServer({ server, path: '/apiws' });
  sockets.on('connection', (socket) => hub.accept(socket));
  await new Promise<void>((listening, failed) => server.once('error', failed).listen(port, host, listening));
  const address = server.address();
  const origin = `http://${host}:${typeof address === 'object' && address ? address.port : port}`;

  const close = async () => {
    if (ending.signal.aborted) return;
    ending.abort();
    stopPeers();
    hub.close();
    sockets.close();
    server.closeAllConnections();
    await new Promise<void>((closed) => server.close(() => closed()));
  };
  return { url: `${origin}/a/`, control: `${origin}/control`, lab, close, [Symbol.asyncDispose]: close };
}

/** The page, its scripts without their types, and its style sheet with the class names of css modules hashed, as in a production build. */
function servePage(app: Express, lab: Lab, salt: string): void {
  const files = pageFiles(join(import.meta.dirname, 'page'), salt);
  const hashing = pageFiles(join(import.meta.dirname, '../whatsapp/page'), null);
  app.get(['/a/', '/k/'], async (_request, response) => {
    const html = (await files.html()).replace('%DIALECT%', lab.settings.dialect);
    response.type('html').set('cache-control', 'no-store').send(html);
  });
  app.get('/page/class-name.ts', async (_request, response) => void response.type('text/javascript').send(await hashing.script('class-name.ts')));
  app.get('/page/:name', async (request, response) => {
    const name = request.params.name ?? '';
    if (/^[a-z-]+\.css$/.test(name)) response.type('css').send(await files.style(name));
    else if (/^[a-z-]+\.ts$/.test(name)) response.type('text/javascript').send(await files.script(name));
    else response.status(404).end();
  });
}
