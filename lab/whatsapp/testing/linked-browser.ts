import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright';
import { chromium } from 'playwright';
import { expect } from 'vitest';
import { disabledFeatures } from '#browser-profiles/browser-features.ts';
import { testBrowser } from '#browser-profiles/testing/test-browser.ts';
import type { WhatsAppLab } from '#lab/whatsapp/site.ts';
import { startWhatsAppLab } from '#lab/whatsapp/site.ts';

/** The two phones of each test. */
export const anna = '4915110000001';
export const bert = '4915110000002';

/** A real browser's name: the site refuses the headless one, as the real site does. */
const userAgent = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36';

export type Tab = { page: Page; context: BrowserContext; folder: string; close: () => Promise<void>; kill: () => Promise<void> };

/** A browser on a profile folder; an empty new one when none is given. */
export async function openBrowser(options: { folder?: string; userAgent?: string } = {}): Promise<Tab> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'patchbay-lab-')));
  const context = await chromium.launchPersistentContext(folder, {
    ...testBrowser(),
    args: [disabledFeatures()],
    userAgent: options.userAgent ?? userAgent,
    locale: 'en-GB',
    viewport: { width: 1280, height: 800 },
  });
  context.setDefaultTimeout(20_000);
  const page = context.pages()[0] ?? (await context.newPage());
  const kill = async () => {
    const gone = new Promise<void>((closed) => context.once('close', () => closed()));
    // Chromium leads a process group of its own, so its helpers go with it.
    for (const pid of await browsersOn(folder)) process.kill(-pid, 'SIGKILL');
    await gone;
  };
  return { page, context, folder, close: () => context.close(), kill };
}

/** Main processes of browsers on this folder, by their command lines; Linux only, as the tests that kill are. */
async function browsersOn(folder: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const commands = await Promise.all(pids.map(async (pid) => ({ pid: Number(pid), words: await commandOf(pid) })));
  return commands
    .filter(({ words }) => words.includes(`--user-data-dir=${folder}`) && !words.some((word) => word.startsWith('--type=')))
    .map(({ pid }) => pid);
}

async function commandOf(pid: string): Promise<string[]> {
  // A process may end between the listing and the reading.
  return readFile(`/proc/${pid}/cmdline`, 'utf8').then(
    (text) => text.split('\0'),
    () => [],
  );
}

export const removeFolder = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true, maxRetries: 5 });

export type LabUnderTest = WhatsAppLab & {
  post: (path: string, body: object) => Promise<{ [field: string]: unknown }>;
  get: <T>(path: string) => Promise<T>;
};

/** The lab with Anna's and Bert's phones and short timings. */
export async function openLab(): Promise<LabUnderTest> {
  const lab = await startWhatsAppLab({ settings: { syncMs: 50, blankPreviewShare: 0 } });
  const call = async (path: string, how?: RequestInit) => (await fetch(`${lab.control}${path}`, how)).json();
  const post = (path: string, body: object) =>
    call(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  await post('/settings', { qr: { appearsAfterMs: 10 } });
  await post('/accounts', [
    { number: anna, name: 'Anna' },
    { number: bert, name: 'Bert' },
  ]);
  return Object.assign(lab, { post, get: call });
}

/** Waits for a claim about the page; the machine may be busy with other tests. */
export const soon = <T>(look: () => T) => expect.poll(look, { timeout: 20_000, interval: 50 });

export const qr = (page: Page) => page.locator('[data-testid="link-device-qr-code"][data-ref]');
export const composer = (page: Page) => page.locator('#main footer [contenteditable="true"][data-lexical-editor="true"]');
export const bubbles = (page: Page) => page.locator('#main [data-testid^="conv-msg-"]');
export const ready = (page: Page) => page.locator('#pane-side').waitFor();

/** Opens the site and links it to the phone of `number`. */
export async function link(lab: LabUnderTest, page: Page, number: string = anna): Promise<void> {
  await page.goto(lab.url);
  const ref = await qr(page).getAttribute('data-ref');
  await lab.post('/scan', { ref, number });
  await ready(page);
}

export async function openChat(page: Page, title: string): Promise<void> {
  const search = page.locator('#side input[data-tab="3"]');
  await search.click();
  await page.keyboard.press('Escape');
  await page.keyboard.type(title);
  await page.locator('#pane-side [data-testid="cell-frame-container"]').first().click();
  await page.locator('#main header span[title]').filter({ hasText: title }).waitFor();
}

export async function write(page: Page, text: string): Promise<void> {
  await composer(page).click();
  await page.keyboard.type(text);
  await page.keyboard.press('Enter');
}

/** The label of the tick of the newest message, without its padding. */
export async function newestTick(page: Page): Promise<string> {
  const label = await bubbles(page).last().locator('[data-testid="msg-meta"] [aria-label]').getAttribute('aria-label');
  return (label ?? '').trim();
}
