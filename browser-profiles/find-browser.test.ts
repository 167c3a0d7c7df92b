import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findBrowser } from './find-browser.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'patchbay browsers '));
});
afterEach(() => rmSync(folder, { recursive: true }));

function program(name: string): string {
  const path = join(folder, name);
  writeFileSync(path, '#!/bin/sh\n');
  chmodSync(path, 0o755);
  return path;
}

test('a named browser comes before an installed one', () => {
  program('google-chrome');
  const path = program('my chromium');
  expect(findBrowser({ browserPath: path, searchPath: folder })).toMatchObject({ path, which: 'named' });
});

test('a named browser that cannot be run is an error, not a reason to take another', () => {
  program('google-chrome');
  const folderAsProgram = join(folder, 'folder');
  mkdirSync(folderAsProgram);
  for (const browserPath of [join(folder, 'absent'), folderAsProgram]) {
    expect(() => findBrowser({ browserPath, searchPath: folder })).toThrow(/BROWSER_PATH names/);
  }
});

test('Chrome comes before Chromium, wherever in the search path each lies', () => {
  program('chromium');
  const later = join(folder, 'later');
  mkdirSync(later);
  const chrome = program('later/google-chrome-stable');
  expect(findBrowser({ searchPath: `${folder}:${later}` })).toMatchObject({ path: chrome, which: 'system' });
});

test('a folder that is not absolute is never searched', () => {
  program('chromium');
  expect(findBrowser({ searchPath: '.:' })?.which).not.toBe('system');
});

test('without any installed browser Playwright’s own is taken if it was downloaded', () => {
  const found = findBrowser({ searchPath: folder });
  expect(found === null || found.path === chromium.executablePath()).toBe(true);
});
