import type { TestProject } from 'vitest/node';
import { readSetupConfig } from '#bin/setup-config.ts';
import { findBrowser } from '#browser-profiles/find-browser.ts';
import { startTemplate } from '#e2e/template.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    adminUrl: string;
    /** The browser that the product would use here; null where there is none. */
    browserPath: string | null;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { adminUrl, stop } = await startTemplate();
  project.provide('adminUrl', adminUrl);
  project.provide('browserPath', findBrowser(readSetupConfig())?.path ?? null);
  return stop;
}
