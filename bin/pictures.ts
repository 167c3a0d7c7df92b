import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Page } from 'playwright';
import { findBrowser } from '#browser-profiles/find-browser.ts';
import { startLab } from '#lab/start.ts';
import { signUp } from './demo/http-client.ts';
import { settlePeople } from './demo/people.ts';
import { seedWorkspace } from './demo/seed.ts';
import { signInProfiles } from './demo/sign-in-profiles.ts';
import { until } from './demo/until.ts';
import { startProduct } from './product.ts';
import { readSetupConfig } from './setup-config.ts';
import { readStartConfig } from './start-config.ts';

/** `npm run pictures`: every screen of the demo's workspace, light and dark, wide and narrow, into docs/pictures. */
const folder = fileURLToPath(new URL('../docs/pictures/', import.meta.url));
const person = { email: 'demo@patchbay.test', password: 'patchbay-demo-2026', name: 'Dana Demo', workspace: 'Demo shop', zone: 'Europe/Berlin' };
const looks = [
  { name: 'light', colorScheme: 'light', viewport: { width: 1440, height: 900 } },
  { name: 'dark', colorScheme: 'dark', viewport: { width: 1440, height: 900 } },
  { name: 'light-narrow', colorScheme: 'light', viewport: { width: 390, height: 844 } },
  { name: 'dark-narrow', colorScheme: 'dark', viewport: { width: 390, height: 844 } },
] as const;

const signal = AbortSignal.timeout(15 * 60_000);
const dataDir = await mkdtemp(join(tmpdir(), 'patchbay-pictures-'));
try {
  await using lab = await startLab();
  const { env } = readStartConfig();
  const own = { DATA_DIR: dataDir, DATABASE_URL: undefined, PATCHBAY_KEY: undefined, PORT: '0' };
  await using product = await startProduct(readStartConfig({ ...env, ...own }), () => undefined);
  settlePeople(lab);
  const client = await signUp(product.url, person);
  const context = { client, lab, say: (line: string) => console.log(line), signal };
  const seeded = await seedWorkspace(context);
  await signInProfiles(context, seeded);
  await client.startCampaign({ params: { id: seeded.campaignId } });
  const isUnderWay = async () => {
    const { counts } = await client.readCampaign({ params: { id: seeded.campaignId } });
    return counts.sent + counts.delivered + counts.read > 70;
  };
  await until('The first messages', isUnderWay, { seconds: 300, signal });
  await mkdir(folder, { recursive: true });
  const screens = {
    wall: '/wall',
    inbox: '/inbox',
    campaigns: '/campaigns',
    campaign: `/campaigns/${seeded.campaignId}`,
    contacts: '/contacts',
    list: `/contacts/${seeded.listId}`,
    templates: '/templates',
    settings: '/settings/workspace',
  };
  const browser = await chromium.launch({ executablePath: findBrowser(readSetupConfig())?.path, chromiumSandbox: process.getuid?.() !== 0 });
  for (const { name, ...look } of looks) {
    const page = await (await browser.newContext({ ...look, locale: 'en-GB' })).newPage();
    await signIn(page, product.url);
    for (const [screen, path] of Object.entries(screens)) {
      await page.goto(`${product.url}${path}`);
      await page.getByText(person.workspace).first().waitFor();
      await settle(page);
      await page.screenshot({ path: join(folder, `${screen}-${name}.png`) });
    }
    await page.context().close();
  }
  await browser.close();
} finally {
  await rm(dataDir, { recursive: true, force: true });
}

async function signIn(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.getByLabel(/mail/i).first().fill(person.email);
  await page.locator('input[type=password]').first().fill(person.password);
  await page.keyboard.press('Enter');
  await page.getByText(person.workspace).first().waitFor();
}

/** Until two pictures one after the other are the same, or five seconds: live tiles never rest. */
async function settle(page: Page): Promise<void> {
  const end = performance.now() + 5000;
  let before = '';
  while (performance.now() < end) {
    const now = (await page.screenshot()).toString('base64');
    if (now === before) return;
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
