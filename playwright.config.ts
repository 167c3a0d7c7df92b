import { defineConfig } from '@playwright/test';
import { readSetupConfig } from '#bin/setup-config.ts';
import { findBrowser } from '#browser-profiles/find-browser.ts';

const browser = findBrowser(readSetupConfig());
const isRoot = process.getuid?.() === 0;

/** The product through its real dashboard. Each spec starts what it needs on free ports. */
export default defineConfig({
  testDir: 'e2e',
  testMatch: '*.spec.ts',
  globalSetup: './e2e/specs-setup.ts',
  outputDir: '.cache/e2e',
  workers: 1,
  timeout: 180_000,
  // A busy machine takes its time; a condition that never comes still fails.
  expect: { timeout: 20_000 },
  reporter: [['list'], ['json', { outputFile: '.cache/playwright.json' }]],
  use: {
    locale: 'en-GB',
    // Without its film, which would make the browser paint each frame twice; the picture of the failure is the next line.
    trace: { mode: 'retain-on-failure', screenshots: false },
    screenshot: 'only-on-failure',
    // Chromium refuses its own sandbox as root.
    launchOptions: { executablePath: browser?.path, chromiumSandbox: !isRoot },
  },
});
