import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

/** No rule of axe is broken, nothing stands wider than the screen, the document does not scroll beside its parts, and no table of a page hides columns. */
export async function expectAccessible(page: Page, what: string): Promise<void> {
  // Nothing of ours stands in a frame of another origin, and for those alone axe opens a second page for each look and puts itself into both.
  const { violations } = await new AxeBuilder({ page })
    .setLegacyMode()
    .options({ resultTypes: ['violations'] })
    .analyze();
  const found = violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.target.join(' ')).join(', ')}`);
  expect(found, `axe on ${what}`).toEqual([]);
  const spare = await page.evaluate(() => innerWidth - document.documentElement.scrollWidth);
  expect(spare, `room beside ${what}`).toBeGreaterThanOrEqual(0);
  const { below, hidden } = await page.evaluate(() => ({
    below: document.querySelector('main') ? document.documentElement.scrollHeight - innerHeight : 0,
    hidden: [...document.querySelectorAll('main table')].map(
      ({ parentElement }) => (parentElement?.scrollWidth ?? 0) - (parentElement?.clientWidth ?? 0),
    ),
  }));
  expect(below, `what lies below ${what}`).toBe(0);
  expect(Math.max(0, ...hidden), `columns that a table hides on ${what}`).toBe(0);
}
