import { existsSync } from 'node:fs';
import { join } from 'node:path';
import express, { type Request, Router } from 'express';

/** The built dashboard. Its own paths answer with the one page, but only to a browser that navigates: the rest is the API's. */
export function mountPages(directory: string): Router | null {
  const page = join(directory, 'index.html');
  if (!existsSync(page)) return null;
  const router = Router();
  router.use('/assets', express.static(join(directory, 'assets'), { immutable: true, maxAge: '365d', index: false, fallthrough: true }));
  router.use(express.static(directory, { index: false, maxAge: 0 }));
  router.get('/{*path}', (request, response, next) => {
    if (!isNavigation(request)) return next();
    response.setHeader('cache-control', 'no-cache');
    response.sendFile(page);
  });
  return router;
}

/** Paths of the seeds stand at the root beside the dashboard's: what a browser opens as a page prefers text/html, a client does not. */
function isNavigation(request: Request): boolean {
  const isServers = /^\/(api|ws|admin|webhooks)(\/|$)/.test(request.path);
  return !isServers && request.accepts(['json', 'html']) === 'html';
}
