import { expect, type Page, test } from '@playwright/test';
import { signUp } from '#bin/demo/http-client.ts';
import { expectAccessible } from '#e2e/expect-accessible.ts';
import { signedInPage } from '#e2e/signed-in-page.ts';
import { startWholeProduct, type WholeProduct } from '#e2e/whole-product.ts';

const person = { email: 'rita@example.test', password: 'seven slow trains by noon', name: 'Rita', workspace: 'Records', zone: 'Europe/Berlin' };

test.describe.configure({ mode: 'serial' });

let product: WholeProduct;
let page: Page;

test.beforeAll(async ({ browser }) => {
  test.setTimeout(180_000);
  product = await startWholeProduct();
  const client = await signUp(product.url, person);
  await client.addProfile({ body: { name: 'Front desk', channel: 'converse', baseUrl: product.lab.whatsapp.url } });
  const mail = { name: 'Office', host: 'localhost', port: 465, security: 'tls', fromAddress: 'office@example.test' } as const;
  await client.addMailAccount({ body: mail });
  const list = await client.addList({ body: { name: 'Spring' } });
  await client.addEntry({ params: { id: list.id }, body: { name: 'Anna', phone: '+491701234567' } });
  await client.addTemplate({ body: { name: 'Hours', body: 'Hello {{name}}' } });
  page = await signedInPage(browser, product.url, person);
  await expect(page.getByRole('heading', { name: 'Wall' })).toBeVisible();
});
test.afterAll(async () => {
  await page?.context().close();
  await product?.[Symbol.asyncDispose]();
});

const open = (path: string) => page.goto(`${product.url}${path}`);
const dialog = () => page.getByRole('dialog').last();
const agree = (name: string) => dialog().getByRole('button', { name }).click();

test('a profile is renamed, and removed with a word about what goes', async () => {
  await page.getByRole('button', { name: 'Open Front desk' }).click();
  const panel = page.getByRole('complementary');
  await panel.getByRole('button', { name: 'Settings' }).click();
  await panel.getByLabel('Name', { exact: true }).fill('Back office');
  await panel.getByRole('button', { name: 'Save changes' }).click();
  await expect(page.getByRole('article', { name: 'Back office' })).toBeVisible();
  await panel.getByRole('button', { name: 'Remove the profile' }).click();
  await expect(dialog().getByText('Its login and browser data are deleted for good.')).toBeVisible();
  await agree('Remove');
  await expect(page.getByText('There are no profiles yet.')).toBeVisible();
});

test('the catcher of a mail account is switched on the page, and its mail follows the switch', async () => {
  await open('/settings/mail');
  const row = page.getByRole('row', { name: /Office/ });
  const sendTest = async () => {
    await row.getByRole('button', { name: 'Send a test' }).click();
    await dialog().getByRole('button', { name: 'Send the test' }).click();
  };
  await row.getByRole('switch', { name: 'Mail catcher for Office' }).click();
  await expect(row.getByText('Caught')).toBeVisible();
  await sendTest();
  await expect(dialog().getByText(/^The server has answered: 250/)).toBeVisible();
  expect(product.lab.mail.counts().total).toBe(1);
  await dialog().getByRole('button', { name: 'Close' }).click();
  await row.getByRole('switch', { name: 'Mail catcher for Office' }).click();
  await agree('Send real mail');
  await expect(row.getByText('Real mail')).toBeVisible();
  await sendTest();
  await expect(dialog().getByText(/The mail server does not answer/)).toBeVisible();
  expect(product.lab.mail.counts().total).toBe(1);
  await dialog().getByRole('button', { name: 'Close' }).click();
});

test('a domain gets a key, and the check says what to publish until it is', async () => {
  await open('/settings/mail');
  const card = page.getByRole('article', { name: 'example.test' });
  await expect(card.getByText('There is no SPF record.')).toBeVisible();
  await card.getByRole('button', { name: 'Make a key' }).click();
  await expect(card.getByText(/is not published/)).toBeVisible();
  const [name = '', value = ''] = await card.locator('dl').first().locator('code').allInnerTexts();
  expect(name).toMatch(/^pb\w+\._domainkey\.example\.test$/);
  product.lab.names.set(name, { TXT: [value] });
  await card.getByRole('button', { name: 'Check now' }).click();
  await expect(card.getByText(/its record is published/)).toBeVisible();
});

test('a provider tells of bounces until it is asked not to, and a limit that was emptied stays as it was', async () => {
  await open('/settings/mail');
  await page.getByRole('button', { name: 'Set up: Office' }).click();
  await dialog().getByRole('combobox', { name: 'Provider' }).click();
  await page.getByText('Any other', { exact: true }).click();
  await dialog().getByRole('button', { name: 'Make one' }).click();
  await dialog().getByRole('button', { name: 'Take its events' }).click();
  await expect(page.getByText('Its events are taken.')).toBeVisible();
  await expectAccessible(page, 'replies and bounces');
  await dialog().getByLabel('Soft bounces').fill('');
  await dialog().getByRole('button', { name: 'Save the limit' }).click();
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  await expect(dialog().getByLabel('Soft bounces')).toHaveValue('3');
  await dialog().getByRole('button', { name: 'Take no more' }).click();
  await expect(dialog().getByText('Its secret is deleted here.')).toBeVisible();
  await agree('Take no more');
  await expect(page.getByText('Its events are taken no longer.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Take no more' })).toHaveCount(0);
  await dialog().getByRole('button', { name: 'Close' }).click();
});

test('a mail account is changed and removed', async () => {
  await open('/settings/mail');
  const row = page.getByRole('row', { name: /Office/ });
  await row.getByRole('button', { name: 'Edit' }).click();
  await dialog().getByLabel('Server').fill('mail.example.test');
  await dialog().getByRole('button', { name: 'Save changes' }).click();
  await expect(row.getByText('mail.example.test:465')).toBeVisible();
  await row.getByRole('button', { name: 'Remove' }).click();
  await agree('Remove');
  await expect(page.getByText('There are no mail accounts yet.')).toBeVisible();
});

test('a list is renamed and removed, and its people stay', async () => {
  await open('/contacts');
  await page.getByRole('link', { name: 'Spring' }).click();
  await page.getByRole('button', { name: 'List settings' }).click();
  await dialog().getByLabel('Name').fill('Summer');
  await dialog().locator('button[type=submit]').click();
  await expect(page.getByRole('heading', { name: 'Summer' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Anna' })).toBeVisible();
  await page.getByRole('button', { name: 'Remove the list' }).click();
  await expect(dialog().getByText('its 1 person stays as a contact')).toBeVisible();
  await agree('Remove the list');
  await expect(page.getByText('There are no lists yet.')).toBeVisible();
});

test('a template is changed, which makes a version, and removed', async () => {
  await open('/templates');
  await page.getByRole('link', { name: /Hours/ }).click();
  await page.getByLabel('Text').fill('Good morning {{name}}');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await expect(page.getByText('Version 2')).toBeVisible();
  await page.getByRole('button', { name: 'Remove', exact: true }).click();
  await agree('Remove');
  await expect(page.getByText('There are no templates yet.')).toBeVisible();
});

test('a page that waits says so, one that fails says why, and loads when it is asked again', async () => {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const body = JSON.stringify({ error: { code: 'broken', message: 'Something broke.', requestId: 'r-1' } });
  await page.route('**/api/lists*', async (route) => {
    await held;
    await route.fulfill({ status: 500, contentType: 'application/json', body });
  });
  await open('/contacts');
  await expect(page.getByRole('status', { name: 'Loading' })).toBeVisible();
  release();
  const again = page.getByRole('button', { name: 'Try again' });
  await expect(again).toBeVisible();
  await expect(page.locator('[role=alert]').filter({ has: again })).toBeVisible();
  await page.unroute('**/api/lists*');
  await again.click();
  await expect(page.getByText('There are no lists yet.')).toBeVisible();
});
