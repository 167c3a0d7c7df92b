import { once } from 'node:events';
import { join } from 'node:path';
import { chromium } from 'playwright';

/** What four browsers cost at the very least: `launchPersistentContext`, each on the messenger's page, in a process that does nothing else. */
const [executablePath = '', url = '', ...folders] = process.argv.slice(2);
const contexts = [];
for (const folder of folders) {
  const context = await chromium.launchPersistentContext(join(folder, 'chromium'), {
    executablePath,
    headless: true,
    chromiumSandbox: process.getuid?.() !== 0,
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36',
    viewport: { width: 1280, height: 800 },
    locale: 'en-US',
  });
  const [page] = context.pages();
  await page?.goto(url);
  await page?.waitForSelector('#pane-side', { timeout: 60_000 });
  contexts.push(context);
}
process.send?.({ is: 'ready' });
await once(process, 'disconnect');
for (const context of contexts) await context.close();
