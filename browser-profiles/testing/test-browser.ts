import { inject } from 'vitest';

/** How tests open Chromium: the browser that the product would find on this machine, BROWSER_PATH included. The global set-up has looked. */
export function testBrowser(): { executablePath: string; chromiumSandbox: boolean } {
  const executablePath = inject('browserPath');
  if (!executablePath) throw new Error('There is no browser here: npm run setup finds or fetches one.');
  // Chromium refuses its own sandbox as root.
  return { executablePath, chromiumSandbox: process.getuid?.() !== 0 };
}
