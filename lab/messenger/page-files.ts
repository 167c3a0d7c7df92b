import { readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import type { Express, Response } from 'express';
import { className } from './page/class-name.ts';

/**
 * The files of a page as they lie on disk: TypeScript loses its types, and with a salt class names that begin with `_` are hashed
 * (see `page/class-name.ts`).
 */
type PageFiles = { script: (name: string) => Promise<string>; style: (name: string) => Promise<string>; html: () => Promise<string> };

export function pageFiles(folder: string, salt: string | null): PageFiles {
  const cache = new Map<string, Promise<string>>();
  const read = (name: string, change: (text: string) => string) => {
    const known = cache.get(name);
    if (known !== undefined) return known;
    const made = readFile(join(folder, name), 'utf8').then(change);
    cache.set(name, made);
    return made;
  };
  const hashed = (text: string) => (salt === null ? text : text.replace(/\._([A-Za-z0-9]+)/g, (_whole, word: string) => `.${className(word, salt)}`));
  return {
    script: (name) => read(name, stripTypes),
    style: (name) => read(name, hashed),
    html: () => read('index.html', (text) => text.replace('%SALT%', salt ?? '')),
  };
}

export function serveFiles(app: Express, prefix: string, files: PageFiles): void {
  app.get(`${prefix}/:name`, async (request, response) => {
    const name = request.params.name ?? '';
    if (/^[a-z-]+\.css$/.test(name)) response.type('css').send(await files.style(name));
    else if (/^[a-z-]+\.ts$/.test(name)) response.type('text/javascript').send(await files.script(name));
    else response.status(404).end();
  });
}

/** The scripts that the pages of every messenger share; the import map of a page finds them here. */
export const serveSharedScripts = (app: Express): void => serveFiles(app, '/messenger', pageFiles(join(import.meta.dirname, 'page'), null));

export function sendHtml(response: Response, html: string): void {
  response.type('html').set('cache-control', 'no-store').send(html);
}

function stripTypes(text: string): string {
  const { emitWarning } = process;
  // Node announces this function as experimental on its first call; the lab shall start quietly.
  process.emitWarning = () => {};
  try {
    return stripTypeScriptTypes(text, { mode: 'strip' });
  } finally {
    process.emitWarning = emitWarning;
  }
}
