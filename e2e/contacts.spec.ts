import { readFile } from 'node:fs/promises';
import { expect, type Page, test } from '@playwright/test';
import { signUp } from '#bin/demo/http-client.ts';
import { expectAccessible } from '#e2e/expect-accessible.ts';
import { signedInPage } from '#e2e/signed-in-page.ts';
import { startWholeProduct, type WholeProduct } from '#e2e/whole-product.ts';

const person = { email: 'petra@example.test', password: 'seven slow trains by noon', name: 'Petra', workspace: 'People', zone: 'Europe/Berlin' };

let product: WholeProduct;
let page: Page;

test.beforeAll(async ({ browser }) => {
  test.setTimeout(180_000);
  product = await startWholeProduct();
  const client = await signUp(product.url, person);
  const { id: listId } = await client.addList({ body: { name: 'Spring' } });
  const add = (body: { name: string; email?: string; phone?: string }) => client.addEntry({ params: { id: listId }, body });
  await add({ name: 'Vera Kask', email: 'vera@shop.example' });
  await add({ name: 'Vera Kask', phone: '+491701234567' });
  await add({ name: 'Uwe', email: 'uwe@else.example' });
  page = await signedInPage(browser, product.url, person);
});
test.afterAll(async () => {
  await page?.context().close();
  await product?.[Symbol.asyncDispose]();
});

test('two contacts are made one and two again, a segment is built and saved, a field asks for a day, and somebody is erased with proof', async () => {
  const dialog = page.getByRole('dialog').last();
  const panel = page.getByRole('complementary');
  const rows = page.getByRole('row').filter({ has: page.getByRole('link') });

  await page.goto(`${product.url}/settings/fields`);
  await page.getByRole('button', { name: 'Add a field' }).first().click();
  await dialog.getByLabel('Name').fill('Customer since');
  await dialog.getByRole('combobox', { name: 'Kind' }).click();
  await page.getByText('Day', { exact: true }).click();
  await dialog.getByRole('button', { name: 'Add a field' }).click();
  await expect(page.getByRole('row', { name: /Customer since Day/ })).toBeVisible();

  // Made one by the keyboard, and two again.
  await page.goto(`${product.url}/contacts/alike`);
  await page.getByRole('button', { name: /^Compare Vera Kask with/ }).press('Enter');
  await expect(dialog.getByRole('region', { name: 'Becomes part of it' })).toBeVisible();
  await expectAccessible(page, 'comparing two contacts');
  await dialog.getByRole('button', { name: 'Make them one' }).press('Enter');
  await expect(page.getByText('They are one contact now')).toBeVisible();
  await expect(page.getByText('No two contacts look like one person.')).toBeVisible();
  await page.getByRole('link', { name: 'People', exact: true }).click();
  await expect(rows).toHaveCount(2);
  await page.getByRole('link', { name: 'Vera Kask' }).click();
  await expect(panel.getByText('vera@shop.example')).toBeVisible();
  await expect(panel.getByText('+491701234567')).toBeVisible();
  await panel.getByRole('button', { name: 'Same person' }).click();
  await panel.getByRole('button', { name: 'Undo' }).press('Enter');
  await expect(rows).toHaveCount(3);
  await expect(panel.getByText('taken back')).toBeVisible();

  // A value of the day’s kind.
  await panel.getByRole('button', { name: 'Who it is' }).click();
  await panel.getByRole('button', { name: 'Change name and fields' }).click();
  await dialog.getByLabel('Customer since').fill('2026-03-04');
  await dialog.getByRole('button', { name: 'Save changes' }).click();
  await expect(panel.getByText('2026-03-04')).toBeVisible();
  await page.getByRole('button', { name: 'Close' }).last().click();

  // A segment, counted as it is built, and saved as a file.
  await page.getByRole('button', { name: 'New segment' }).click();
  await expect(dialog.getByText('3 people')).toBeVisible();
  await dialog.getByRole('combobox', { name: 'What is looked at' }).click();
  await page.getByText('Mail domain', { exact: true }).click();
  await expect(dialog.getByText('Fill in every condition')).toBeVisible();
  await dialog.getByRole('textbox', { name: 'Mail domain' }).fill('else.example');
  await expect(dialog.getByText('1 person')).toBeVisible();
  await dialog.getByLabel('Name', { exact: true }).fill('From else');
  await expectAccessible(page, 'building a segment');
  await dialog.getByRole('button', { name: 'Save as a segment' }).click();
  await expect(rows).toHaveCount(1);
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save as CSV' }).click()]);
  expect(file.suggestedFilename()).toBe('From else.csv');
  expect(await readFile(await file.path(), 'utf8')).toMatch(/\r\nUwe,,uwe@else\.example,/);

  // Erased, once the name is typed.
  await page.getByRole('link', { name: 'Uwe' }).click();
  await panel.getByRole('button', { name: 'Erase' }).click();
  await expect(dialog.getByText(/This erases for good: 1 address and 1 list/)).toBeVisible();
  const erase = dialog.getByRole('button', { name: 'Erase' });
  await expect(erase).toBeDisabled();
  await dialog.getByLabel('Type Uwe to confirm').fill('uwe');
  await erase.press('Enter');
  await expect(dialog.getByText('Nothing of this person is left')).toBeVisible();
  await expectAccessible(page, 'the proof of an erasure');
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await expect(page.getByText('Nobody fits.')).toBeVisible();
  await page.getByRole('link', { name: 'Erased' }).click();
  await expect(page.getByRole('row', { name: /Erased petra/i })).toBeVisible();
});
