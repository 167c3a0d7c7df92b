import { join } from 'node:path';
import express, { type Express } from 'express';
import { answerErrors } from '#lab/messenger/control.ts';
import { openSite, type SiteOptions } from '#lab/messenger/open-site.ts';
import { pageFiles, sendHtml, serveFiles } from '#lab/messenger/page-files.ts';
import { realTimers } from '#lab/messenger/timers.ts';
import { changeSettings, controlApi } from './control.ts';
import { conversationsApi } from './conversations.ts';
import { logCalls, readVersion, unknownObject } from './door.ts';
import { answerGraphError } from './errors.ts';
import { logInPages } from './log-in.ts';
import { mediaApi } from './media.ts';
import { oauthApi } from './oauth.ts';
import { pageMessagesApi } from './page-messages.ts';
import { createGraphLab, type Lab } from './store.ts';
import { templatesApi } from './templates.ts';
import { whatsappApi } from './whatsapp.ts';

export type GraphLab = AsyncDisposable & {
  /** What stands for https://graph.facebook.com and https://graph.instagram.com. */
  url: string;
  /** Base address of the control API (`control.ts`). */
  control: string;
  /** Where one writes as a customer. */
  customers: string;
  lab: Lab;
  close: () => Promise<void>;
};
export type GraphLabOptions = SiteOptions & { settings?: object };

/** Starts the stand-in for Meta's Graph API with its control API and its customers on one port. */
export async function startGraphLab({ settings = {}, ...where }: GraphLabOptions = {}): Promise<GraphLab> {
  const ending = new AbortController();
  const lab = createGraphLab({ timers: realTimers(ending.signal) });
  changeSettings(lab, settings);
  const app = express();
  app.disable('x-powered-by');
  app.use('/control', express.json({ limit: '40mb' }), controlApi(lab), answerErrors);
  serveCustomers(app, lab);
  serveGraph(app, lab);
  const { origin: url, close } = await openSite(app, null, { ...where, stop: () => ending.abort() });
  lab.origin = url;
  return { url, control: `${url}/control`, customers: `${url}/customers`, lab, close, [Symbol.asyncDispose]: close };
}

function serveGraph(app: Express, lab: Lab): void {
  app.use(express.json({ limit: '4mb' }), express.urlencoded({ extended: true }));
  app.use(logCalls(lab), readVersion, logInPages(lab));
  app.use(mediaApi(lab), whatsappApi(lab), pageMessagesApi(lab), templatesApi(lab), conversationsApi(lab), oauthApi(lab));
  app.use((request) => {
    throw unknownObject(request.path.split('/')[1] ?? '');
  });
  app.use(answerGraphError);
}

/** The page of the customers, and the files that pages hand out without asking who reads them. */
function serveCustomers(app: Express, lab: Lab): void {
  const files = pageFiles(join(import.meta.dirname, 'page'), null);
  app.get('/customers', async (_request, response) => sendHtml(response, await files.html()));
  serveFiles(app, '/customers', files);
  app.get('/open-files/:id', (request, response) => {
    const file = lab.files.get(request.params.id);
    if (file) response.type(file.mimeType).send(file.content);
    else response.status(404).end();
  });
}
