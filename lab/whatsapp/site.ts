import { randomBytes } from 'node:crypto';
import express from 'express';
import { answerErrors } from '#lab/messenger/control.ts';
import { openSite, type SiteOptions } from '#lab/messenger/open-site.ts';
import { realTimers } from '#lab/messenger/timers.ts';
import { controlApi } from './control.ts';
import { createWhatsAppHub } from './hub.ts';
import type { Settings } from './model.ts';
import { serveMessenger, servePhones } from './pages.ts';
import type { Desk } from './pairing.ts';
import { noPairings } from './pairing.ts';
import { playPeers } from './peers.ts';
import { keepLab, loadLab } from './saved-file.ts';
import type { Lab } from './store.ts';
import { createLab } from './store.ts';

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

export type LabOptions = SiteOptions & {
  store?: Lab;
  settings?: Partial<Settings>;
  /** Memory across restarts; see saved-file.ts. */
  dataFile?: string;
};

/** Starts the stand-in for WhatsApp Web with its phones and its control API on one port. */
export async function startWhatsAppLab(options: LabOptions = {}): Promise<WhatsAppLab> {
  const { host, port, store: lab = createLab() } = options;
  Object.assign(lab.settings, options.settings);
  if (options.dataFile) loadLab(lab, options.dataFile);
  const ending = new AbortController();
  const desk: Desk = { lab, timers: realTimers(ending.signal), pairings: noPairings() };
  const hub = createWhatsAppHub(desk);
  const stopPeers = playPeers(lab, desk.timers);
  const stopKeeping = options.dataFile ? keepLab(lab, options.dataFile, desk.timers) : () => {};

  const app = express();
  app.use('/control', express.json({ limit: '20mb' }), controlApi(desk, hub), answerErrors);
  serveMessenger(app, lab, randomBytes(4).toString('hex'));
  servePhones(app);

  const stop = () => {
    ending.abort();
    stopPeers();
    stopKeeping();
  };
  const { origin: url, close } = await openSite(app, { path: '/ws/chat', hub }, { host, port, stop });
  return { url, control: `${url}/control`, phones: `${url}/phone`, lab, close, [Symbol.asyncDispose]: close };
}
