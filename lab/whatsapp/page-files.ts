import { readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';

/**
 * Serves the files of a page as they lie on disk: TypeScript loses its types, and class names that begin with `_` become names that
 * change with every start of the lab, because the real page's do (facts 2, change history): nothing may depend on them.
 */
export type PageFiles = {
  script: (name: string) => Promise<string>;
  style: (name: string) => Promise<string>;
  html: (name: string) => Promise<string>;
};

export function pageFiles(folder: string, salt: string): PageFiles {
  const cache = new Map<string, Promise<string>>();
  const read = (name: string, change: (text: string) => string) => {
    const known = cache.get(name);
    if (known) return known;
    const made = readFile(join(folder, name), 'utf8').then(change);
    cache.set(name, made);
    return made;
  };
  return {
    script: (name) => read(name, stripTypes),
    style: (name) => read(name, (text) => text.replace(/\._([A-Za-z0-9]+)/g, (_whole, word: string) => `.${className(word, salt)}`)),
    html: (name) => read(name, (text) => text.replace('%SALT%', salt)),
  };
}

/** Must stay equal to the one in `page/nodes.ts`, which runs in the browser. */
export function className(word: string, salt: string): string {
  let hash = 2166136261;
  for (const char of `${salt}${word}`) hash = Math.imul(hash ^ char.charCodeAt(0), 16777619);
  return `x${(hash >>> 0).toString(36)}`;
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
