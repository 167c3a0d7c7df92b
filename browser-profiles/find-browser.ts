import { accessSync, constants, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { Failure } from '#core/failure.ts';

export type FoundBrowser = { path: string; which: 'named' | 'system' | 'playwright'; why: string };

/** `browserPath` is BROWSER_PATH; `searchPath` is PATH, or without it the places where systems put programs. */
export type BrowserSearch = { browserPath?: string; searchPath?: string };

/** Chrome before Chromium: it plays the video formats that the web messengers use. */
const systemNames = ['google-chrome', 'google-chrome-stable', 'chromium', 'chromium-browser'];

const usualPlaces = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin:/snap/bin';

const macPlaces = ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', '/Applications/Chromium.app/Contents/MacOS/Chromium'];

/**
 * The browser that profiles run in: the one that is named, else the system's Chrome or Chromium, else Playwright's own download.
 * `null` when there is none. Throws `config_invalid` when a browser is named that cannot be run: another one would be a surprise.
 */
export function findBrowser(search: BrowserSearch): FoundBrowser | null {
  return named(search.browserPath) ?? system(search.searchPath ?? usualPlaces) ?? playwrights();
}

function named(browserPath: string | undefined): FoundBrowser | null {
  if (!browserPath) return null;
  const path = resolve(browserPath);
  if (!isProgram(path)) throw new Failure('config_invalid', `BROWSER_PATH names ${path}, which is not a program that can be run.`);
  return { path, which: 'named', why: 'BROWSER_PATH names it' };
}

function system(searchPath: string): FoundBrowser | null {
  const folders = searchPath.split(delimiter).filter(isAbsolute);
  const places = systemNames.flatMap((name) => folders.map((folder) => join(folder, name)));
  const path = [...places, ...macPlaces].find(isProgram);
  return path ? { path, which: 'system', why: 'it is installed on this machine' } : null;
}

function playwrights(): FoundBrowser | null {
  // Loading Playwright takes half a second, and where another browser is found nobody needs it here.
  const { chromium } = createRequire(import.meta.url)('playwright') as typeof import('playwright'); // The package of that name.
  const path = chromium.executablePath();
  return isProgram(path) ? { path, which: 'playwright', why: 'Playwright has downloaded it, and no other is installed' } : null;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
