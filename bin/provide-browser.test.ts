import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { provideBrowser } from './provide-browser.ts';

test('a browser that is there is named in one line with the reason, and nothing is fetched', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-browser-'));
  try {
    const path = join(folder, 'chromium');
    writeFileSync(path, '#!/bin/sh\n', { mode: 0o755 });
    const said: string[] = [];
    await provideBrowser({ searchPath: folder }, (line) => said.push(line), new AbortController().signal);
    await provideBrowser({ browserPath: path }, (line) => said.push(line), new AbortController().signal);
    expect(said).toEqual([`Browser: ${path} (it is installed on this machine)`, `Browser: ${path} (BROWSER_PATH names it)`]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
