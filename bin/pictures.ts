import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium, type Page } from 'playwright';
import { findBrowser } from '#browser-profiles/find-browser.ts';
import { type Client, createClient } from '#core/api/client.ts';
import { asFailure, Failure } from '#core/failure.ts';
import { demoPerson } from './demo/begin.ts';
import { startOwnDemo } from './pictures/own-demo.ts';
import { type Scene, scenesOf } from './pictures/scenes.ts';
import { signedIn } from './pictures/signed-in.ts';
import { readSetupConfig } from './setup-config.ts';

const folder = fileURLToPath(new URL('../docs/pictures', import.meta.url));
const themes = ['light', 'dark'] as const;
const sizes = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } } as const;

/**
 * `npm run pictures`: every screen of the demo's workspace, in both themes, wide and narrow. It starts a demo of its own;
 * `-- --url URL` takes one that runs (with `--mail` and `--password` where they are others), `--only NAME` a single screen.
 */
try {
  const { values } = parseArgs({
    options: {
      url: { type: 'string' },
      mail: { type: 'string', default: demoPerson.email },
      password: { type: 'string', default: demoPerson.password },
      only: { type: 'string' },
    },
  });
  const person = { email: values.mail, password: values.password };
  await using own = values.url ? null : await startOwnDemo(person, console.log, AbortSignal.timeout(15 * 60_000));
  await takePictures({ ...person, url: values.url ?? own?.url ?? '', only: values.only ?? '' });
} catch (caught) {
  // What the pictures needed could not be taken away after something else went wrong: the first of the two is the cause.
  const error = caught instanceof SuppressedError ? caught.suppressed : caught;
  process.stderr.write(`No pictures: ${asFailure(error).code === 'broken' && error instanceof Error ? error.message : asFailure(error).message}\n`);
  process.exitCode = 1;
}

async function takePictures({ url, email, password, only }: { url: string; email: string; password: string; only: string }): Promise<void> {
  const found = findBrowser(readSetupConfig());
  if (!found) throw new Failure('no_browser');
  await mkdir(folder, { recursive: true });
  const client = await clientOf(url, { email, password });
  await using scenes = await scenesOf(client);
  // Chromium refuses its own sandbox as root.
  const browser = await chromium.launch({ executablePath: found.path, chromiumSandbox: process.getuid?.() !== 0 });
  try {
    for (const theme of themes) {
      for (const [size, viewport] of Object.entries(sizes)) {
        const context = await browser.newContext({ viewport, locale: 'en-GB', colorScheme: theme, reducedMotion: 'reduce' });
        const page = await signedIn(context, { url, email, password });
        for (const scene of scenes.list.filter((one) => one.name.includes(only))) await take(page, url, scene, `${scene.name}-${theme}-${size}`);
        await context.close();
      }
    }
  } finally {
    await browser.close();
  }
}

async function clientOf(url: string, body: { email: string; password: string }): Promise<Client> {
  const open = createClient(url, ({ url: where, ...init }) => fetch(where, init));
  const { accessToken } = await open.login({ body });
  const headers = { authorization: `Bearer ${accessToken}` };
  return createClient(url, ({ url: where, ...init }) => fetch(where, { ...init, headers: { ...init.headers, ...headers } }));
}

async function take(page: Page, url: string, scene: Scene, name: string): Promise<void> {
  await page.goto(`${url}${scene.path}`);
  await scene.ready(page);
  // Nothing is still being fetched, and the page hears the server.
  await page.getByRole('status', { name: 'Loading' }).first().waitFor({ state: 'detached' });
  await page.getByText('Live', { exact: true }).waitFor({ state: 'attached' });
  await page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' });
  console.log(`docs/pictures/${name}.png`);
}
