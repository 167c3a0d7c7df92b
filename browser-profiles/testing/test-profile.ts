import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright';
import { disabledFeatures } from '#browser-profiles/browser-features.ts';
import type { Hooks, TraceStep } from '#browser-profiles/engine/trace.ts';
import type { Anchor } from '#core/delivery.ts';
import { createPace, type Pace, PaceSettings } from '#core/pace.ts';
import { testBrowser } from './test-browser.ts';

/** For tests: a persistent profile in a folder of its own that may be closed, killed and opened again. */
export type TestProfile = AsyncDisposable & {
  page: Page;
  /** SIGKILL to the whole browser, then the same profile again. */
  killAndReopen(): Promise<Page>;
  closeAndReopen(): Promise<Page>;
  kill(): Promise<void>;
};

export async function openTestProfile(): Promise<TestProfile> {
  const dir = await mkdtemp(join(tmpdir(), 'patchbay-engine-'));
  let context = await launch(dir);
  const profile: TestProfile = {
    page: pageOf(context),
    async kill() {
      const closed = new Promise<void>((resolve) => context.once('close', () => resolve()));
      const session = await context.newCDPSession(pageOf(context));
      // Browser.crash is the kill of the browser process itself: no handler runs, nothing is flushed.
      session.send('Browser.crash').catch(() => undefined);
      await closed;
    },
    async killAndReopen() {
      await profile.kill();
      context = await launch(dir);
      profile.page = pageOf(context);
      return profile.page;
    },
    async closeAndReopen() {
      await context.close();
      context = await launch(dir);
      profile.page = pageOf(context);
      return profile.page;
    },
    async [Symbol.asyncDispose]() {
      await context.close().catch(() => undefined);
      await rm(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  return profile;
}

async function launch(dir: string): Promise<BrowserContext> {
  // Facts 1.1: a user agent that says HeadlessChrome is an unsupported browser.
  const userAgent = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36';
  const context = await chromium.launchPersistentContext(dir, {
    ...testBrowser(),
    args: [disabledFeatures()],
    headless: true,
    userAgent,
    locale: 'en-US',
    timezoneId: 'Europe/Berlin',
    viewport: { width: 1280, height: 800 },
  });
  context.setDefaultTimeout(15_000);
  return context;
}

function pageOf(context: BrowserContext): Page {
  const [page] = context.pages();
  if (!page) throw new Error('A persistent context opens with a page');
  return page;
}

export type Recorded = Hooks & { steps: TraceStep[]; anchors: Anchor[] };

/** Hooks that write down what the engine reports; `onCommit` is what the lane would do there. */
export function recordHooks(onCommit: (anchor: Anchor) => Promise<void> = async () => undefined): Recorded {
  const steps: TraceStep[] = [];
  const anchors: Anchor[] = [];
  return {
    steps,
    anchors,
    step: (step) => void steps.push(step),
    now: () => new Date(),
    async commit(anchor) {
      anchors.push(anchor);
      await onCommit(anchor);
    },
  };
}

/** A fast rhythm for tests that are not about rhythm. */
export const quickPace = (seed = 'test'): Pace => createPace({ seed, settings: PaceSettings.parse({ mode: 'compressed', speed: 30 }) });
