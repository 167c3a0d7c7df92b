import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Express, raw } from 'express';
import { pageFiles, sendHtml, serveFiles, serveSharedScripts } from '#lab/messenger/page-files.ts';
import type { Lab } from './store.ts';
import { putFile } from './store.ts';

/** The messenger's page. Facts 2.1: the deep link is a full load of the same page. */
export function serveMessenger(app: Express, lab: Lab, salt: string): void {
  const files = pageFiles(join(import.meta.dirname, 'page'), salt);
  app.get(['/', '/send'], async (_request, response) => {
    const html = await files.html();
    sendHtml(response, html.replace('%DIALECT%', lab.settings.dialect).replace('%SPLASH%', String(lab.settings.splashMs)));
  });
  serveFiles(app, '/page', files);
  serveSharedScripts(app);
  app.post('/upload', raw({ type: () => true, limit: '64mb' }), (request, response) => {
    const name = decodeURIComponent(String(request.headers['x-file-name'] ?? 'file'));
    // `raw` has made the body a Buffer.
    response.json(putFile(lab, { name, mimeType: request.headers['content-type'] ?? '', content: request.body as Buffer }));
  });
  app.get('/file/:id', (request, response) => {
    const found = lab.files.get(request.params.id ?? '');
    if (found) response.type(found.file.mimeType).send(found.content);
    else response.status(404).end();
  });
}

/** The phones: `/phone` and `/phone/<number>`. They read pictures of a QR with jsqr. */
export function servePhones(app: Express): void {
  const files = pageFiles(join(import.meta.dirname, 'phone'), null);
  const jsqr = createRequire(import.meta.url).resolve('jsqr');
  app.get(['/phone', '/phone/:number'], async (_request, response) => sendHtml(response, await files.html()));
  app.get('/phone-page/jsqr.js', (_request, response) => response.sendFile(jsqr));
  serveFiles(app, '/phone-page', files);
}
