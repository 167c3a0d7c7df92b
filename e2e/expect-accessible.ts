import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

/** No rule of axe is broken, and nothing stands wider than the screen. */
export async function expectAccessible(page: Page, what: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.target.join(' ')).join(', ')}`);
  expect(found, `axe on ${what}`).toEqual([]);
  const spare = await page.evaluate(() => innerWidth - document.documentElement.scrollWidth);
  expect(spare, `room beside ${what}`).toBeGreaterThanOrEqual(0);
}
