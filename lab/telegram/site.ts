import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import express, { type Express } from 'express';
import { answerErrors } from '#lab/messenger/control.ts';
import { openSite, type SiteOptions } from '#lab/messenger/open-site.ts';
import { pageFiles, sendHtml, serveFiles, serveSharedScripts } from '#lab/messenger/page-files.ts';
import { realTimers } from '#lab/messenger/timers.ts';
import { controlApi } from './control.ts';
import { createTelegramHub } from './hub.ts';
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

export type LabOptions = SiteOptions & { store?: Lab; settings?: Partial<Settings> };

/** Starts the stand-in for Telegram Web with its control API on one port. Its page is at `/a/`. */
export async function startTelegramLab(options: LabOptions = {}): Promise<TelegramLab> {
  const { host, port, store: lab = createLab() } = options;
  Object.assign(lab.settings, options.settings);
  const ending = new AbortController();
  const desk: Desk = { lab, timers: realTimers(ending.signal), tokens: new Map(), codes: new Map() };
  const hub = createTelegramHub(desk);
  const stopPeers = playPeers(lab, desk.timers);

  const app = express();
  app.use('/control', express.json({ limit: '20mb' }), controlApi(desk, hub), answerErrors);
  servePage(app, lab, randomBytes(4).toString('hex'));
  const stop = () => {
    ending.abort();
    stopPeers();
  };
  const { origin, close } = await openSite(app, { path: '/apiws', hub }, { host, port, stop });
  return { url: `${origin}/a/`, control: `${origin}/control`, lab, close, [Symbol.asyncDispose]: close };
}

/** The page, its scripts without their types, and its style sheet with the class names of css modules hashed, as in a production build. */
function servePage(app: Express, lab: Lab, salt: string): void {
  const files = pageFiles(join(import.meta.dirname, 'page'), salt);
  app.get(['/a/', '/k/'], async (_request, response) => sendHtml(response, (await files.html()).replace('%DIALECT%', lab.settings.dialect)));
  serveFiles(app, '/page', files);
  serveSharedScripts(app);
}
