import { chromium, type Page } from 'playwright';
import { person, type Stage } from '#bench/proofs/kills/stage.ts';
import { signedIn } from '#bin/pictures/signed-in.ts';
import { findBrowser } from '#browser-profiles/find-browser.ts';
import { Failure } from '#core/failure.ts';
import type { Prepared } from './senders.ts';
import type { Totals } from './totals.ts';

export type Shown = { totals: Totals /** The addresses of the deliveries that are listed as uncertain. */; uncertain: string[] };

/** What a person reads of a campaign in the dashboard: its tiles, and each uncertain delivery of the log. */
export async function readDashboard({ url }: Stage, { campaignId }: Prepared): Promise<Shown> {
  const found = findBrowser({});
  if (!found) throw new Failure('no_browser');
  // Chromium refuses its own sandbox as root.
  const browser = await chromium.launch({ executablePath: found.path, chromiumSandbox: process.getuid?.() !== 0 });
  try {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-GB' });
    const page = await signedIn(context, { url, ...person });
    await page.goto(`${url}/campaigns/${campaignId}`);
    const totals = await readTiles(page);
    await page.goto(`${url}/log?state=uncertain&campaign=${campaignId}`);
    return { totals, uncertain: (totals.uncertain ?? 0) > 0 ? await readRows(page) : [] };
  } finally {
    await browser.close();
  }
}

async function readTiles(page: Page): Promise<Totals> {
  const done = await page.getByText(/ of [\d,]+ done/).innerText();
  const tile = async (label: string) => {
    const numbers = page.locator('.count', { has: page.getByText(label, { exact: true }) }).locator('.numbers');
    // A tile for what there is none of may be left out.
    return (await numbers.count()) === 0 ? 0 : numberIn(await numbers.first().innerText());
  };
  return {
    people: numberIn(/of (?<all>[\d,]+) done/.exec(done)?.groups?.all ?? ''),
    sent: await tile('Sent'),
    arrived: await tile('Delivered'),
    failed: await tile('Failed'),
    skipped: await tile('Skipped'),
    uncertain: await tile('Uncertain'),
  };
}

/** Every row, page after page. Of many only those in sight are in the document. */
async function readRows(page: Page): Promise<string[]> {
  const table = page.getByRole('group', { name: 'Log' });
  await table.getByRole('row').nth(1).waitFor();
  const more = page.getByRole('button', { name: 'Show more' });
  while ((await more.count()) > 0) {
    await more.click();
    await page.waitForTimeout(100);
  }
  const seen = new Set<string>();
  const rows = Number(await table.getByRole('table').getAttribute('aria-rowcount')) - 1;
  for (let top = 0; seen.size < rows; top += 400) {
    await table.evaluate((box, to) => box.scrollTo({ top: to }), top);
    for (const text of await table.locator('tbody tr:not(.spacer) td:nth-child(2)').allInnerTexts()) seen.add(text.trim());
    if (top > rows * 40 + 1000) break;
  }
  return [...seen];
}

const numberIn = (text: string): number => Number(text.replaceAll(/\D/g, ''));
