import { readFile } from 'node:fs/promises';
import { expect, test } from '@playwright/test';
import { signUp } from '#bin/demo/http-client.ts';
import { connectNumber, hearOnCloud } from '#e2e/desk-of-a-shop.ts';
import { inOneLine, readPdf } from '#e2e/read-pdf.ts';
import { signedInPage } from '#e2e/signed-in-page.ts';
import { startWholeProduct } from '#e2e/whole-product.ts';

const person = { email: 'rita@example.test', password: 'seven slow trains by noon', name: 'Rita', workspace: 'Reports', zone: 'Europe/Berlin' };

test('the figures are saved as a PDF that says what the screen says, in the language and scripts of the screen', async ({ browser }) => {
  await using parts = new AsyncDisposableStack();
  const product = parts.use(await startWholeProduct());
  const client = await signUp(product.url, person);
  await connectNumber(product, client);
  const [account] = (await client.listAccounts({})).rows;
  await client.changePlatform({ params: { id: account?.id ?? '' }, body: { name: 'Лавка Αθήνα ქართული <b>' } });
  hearOnCloud(product, { from: '491511000001', name: 'Ann', text: 'When do you open?' });
  const heard = () => client.statsAnalytics({}).then(({ today }) => today.incoming);
  await expect.poll(heard, { timeout: 60_000 }).toBe(1);
  const page = await signedInPage(browser, product.url, { ...person, path: '/analytics' });
  parts.defer(() => page.context().close());
  const cellsOf = async () => (await page.locator('td').allInnerTexts()).map(inOneLine).filter(Boolean);
  await expect(page.getByRole('cell', { name: 'Лавка Αθήνα ქართული <b>' })).toBeVisible();
  await page.getByRole('button', { name: 'Save' }).click();
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByText('PDF, as on this page').click()]);
  expect(file.suggestedFilename()).toMatch(/\.pdf$/);
  const words = await readPdf(await readFile(await file.path()));
  const cells = await cellsOf();
  expect(cells.length).toBeGreaterThan(100);
  expect(cells.filter((cell) => !words.includes(cell))).toEqual([]);
});
