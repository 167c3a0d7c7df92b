import { expect, type Page, test } from '@playwright/test';
import { signUp } from '#bin/demo/http-client.ts';
import { expectAccessible } from '#e2e/expect-accessible.ts';
import { signedInPage } from '#e2e/signed-in-page.ts';
import { startWholeProduct, type WholeProduct } from '#e2e/whole-product.ts';
import { say } from '#lab/graph/acts.ts';
import { addToken, putCustomer } from '#lab/graph/store.ts';

const person = { email: 'carla@example.test', password: 'nine grey herons at dawn', name: 'Carla', workspace: 'Connections', zone: 'Europe/Berlin' };

test.describe.configure({ mode: 'serial' });

let product: WholeProduct;
let page: Page;
test.beforeAll(async ({ browser }) => {
  test.setTimeout(180_000);
  product = await startWholeProduct();
  const { lab } = product.lab.graph;
  lab.businesses.set('700', { id: '700', portfolioId: '1', name: 'Shop', peoplePerDay: null });
  lab.numbers.set('51', { id: '51', businessId: '700', display: '+49 1512 345678', name: 'Shop Berlin', perSecond: 80 });
  lab.instagrams.set('41', { id: '41', username: 'lab.shop', byInstagram: true });
  const customer = putCustomer(lab, { platform: 'instagram', id: '9001', name: 'ann.reads' });
  say(lab, { account: '41', customer, text: 'Do you ship to Norway?' });
  await signUp(product.url, person);
  page = await signedInPage(browser, product.url, { ...person, path: '/settings/accounts' });
  await expect(page.getByRole('heading', { name: 'Accounts' })).toBeVisible();
});
test.afterAll(async () => {
  await page?.context().close();
  await product?.[Symbol.asyncDispose]();
});

const dialog = () => page.getByRole('dialog').last();
const row = (name: RegExp) => page.getByRole('row', { name });

test('a WhatsApp number is connected with its token, which is tried first', async () => {
  const { lab } = product.lab.graph;
  const { token } = addToken(lab, { kind: 'system', appId: lab.settings.appId });
  await page.getByRole('button', { name: 'Connect an account' }).click();
  await dialog().getByLabel('Permanent token').fill('EAAnobodyknowsthis');
  await dialog().getByLabel('Phone number ID').fill('51');
  await dialog().getByLabel('WhatsApp business account ID').fill('700');
  await dialog().getByRole('button', { name: 'Connect the number' }).click();
  await expect(dialog().getByText('is not valid')).toBeVisible();
  await expectAccessible(page, 'the form for a number');
  await dialog().getByLabel('Permanent token').fill(token);
  await dialog().getByRole('button', { name: 'Connect the number' }).click();
  await expect(row(/Shop Berlin/)).toContainText('Connected');
  await row(/Shop Berlin/)
    .getByRole('link')
    .click();
  const panel = page.getByRole('complementary', { name: 'Shop Berlin' });
  await expect(panel.getByText('GREEN')).toBeVisible();
  await expect(panel.getByText('Never')).toBeVisible();
  expect([...lab.subscriptions.keys()]).toContain('700');
});

test('a template is written by the platform’s rules, handed in, seen approved, and deleted', async () => {
  await page.goto(`${product.url}/settings/templates`);
  await page.getByRole('button', { name: 'New template' }).click();
  await dialog().getByLabel('Name').fill('table_ready');
  await dialog().getByLabel('Text', { exact: true }).fill('Hello {{1}}, your table for {{2}}');
  await expect(dialog().getByText('Words have to stand before the first place')).toBeVisible();
  await dialog().getByLabel('Text', { exact: true }).fill('Hello {{1}}, your table for {{2}} is ready.');
  await expect(dialog().getByText('Give an example for each place')).toBeVisible();
  await dialog().getByLabel('Example for place 1').fill('Ann');
  await dialog().getByLabel('Example for place 2').fill('four');
  await dialog().getByRole('button', { name: '+ Answer' }).click();
  await dialog().getByLabel('On the button').fill('On my way');
  await expect(dialog().getByRole('group', { name: 'As a person will see it' })).toContainText('Hello Ann, your table for four is ready.');
  await expectAccessible(page, 'the form for a template');
  await dialog().getByRole('button', { name: 'Hand in for approval' }).click();
  await expect(row(/table_ready/)).toContainText('In review');
  await page.getByRole('button', { name: 'Sync now' }).click();
  await expect(row(/table_ready/)).toContainText('Approved');
  await row(/table_ready/)
    .getByRole('link')
    .click();
  const panel = page.getByRole('complementary', { name: 'table_ready' });
  await expect(panel.getByText('On my way')).toBeVisible();
  await expectAccessible(page, 'the templates of a number');
  await panel.getByRole('button', { name: 'Remove' }).click();
  await dialog().getByRole('button', { name: 'Remove' }).click();
  await expect(page.getByText('This business has no templates yet')).toBeVisible();
  expect(product.lab.graph.lab.templates.size).toBe(0);
});

test('what a platform warns of is seen on the rail and at the account, which then sends by another version of Graph', async () => {
  const { lab } = product.lab.graph;
  const customer = putCustomer(lab, { platform: 'whatsapp', id: '491511000001', name: 'Ann' });
  lab.settings.webhooks.whatsapp = `${product.url}/api/webhooks/whatsapp`;
  say(lab, { account: '51', customer, text: 'Hello' });
  lab.faults.push({ how: 'instead', code: 131042, subcode: null, httpStatus: null, times: 1, to: null, regainMinutes: 0 });
  await page.goto(`${product.url}/inbox`);
  await page.getByRole('link', { name: /Ann/ }).click();
  await page.getByLabel('Write a reply').fill('Hello Ann');
  await page.getByLabel('Write a reply').press('Enter');
  await page.getByRole('link', { name: /Settings.*1 account needs you/ }).click();
  await page.getByRole('link', { name: /^Accounts/ }).click();
  await row(/Shop Berlin/)
    .getByRole('link')
    .click();
  const panel = page.getByRole('complementary', { name: 'Shop Berlin' });
  await expect(panel).toContainText('131042');
  await expectAccessible(page, 'an account with a warning');
  await panel.getByRole('button', { name: 'Take note' }).click();
  await expect(panel).not.toContainText('131042');
  await panel.getByRole('button', { name: 'Resume' }).click();
  await expect(panel.getByRole('button', { name: 'Resume' })).toBeHidden();
  await panel.getByRole('combobox', { name: 'Version of Graph' }).click();
  await page.getByText(/^v24\.0/).click();
  await expect(panel.getByRole('combobox', { name: 'Version of Graph' })).toContainText('v24.0');
});

test('an Instagram account is connected by its log-in, and its conversations come along', async () => {
  await page.getByRole('button', { name: 'Connect an account' }).click();
  await dialog().getByRole('button', { name: 'Instagram', exact: true }).click();
  await dialog().getByRole('button', { name: 'Continue to Instagram' }).click();
  await expect(page.getByRole('heading', { name: 'Instagram of the lab' })).toBeVisible();
  await page.getByRole('button', { name: 'Allow' }).click();
  await expect(dialog().getByText('lab.shop')).toBeVisible();
  await expectAccessible(page, 'the choice of accounts');
  await dialog().getByRole('button', { name: 'Connect 1 account' }).click();
  await expect(row(/lab\.shop/)).toContainText('Connected');
  await page.goto(`${product.url}/inbox`);
  await page.getByRole('link', { name: /ann\.reads/ }).click();
  await expect(page.getByRole('log').getByText('Do you ship to Norway?')).toBeVisible();
  await expect(page.getByText(/The window closes in 23 hrs? 5\d mins?/)).toBeVisible();
  await page.getByLabel('Write a reply').fill('x'.repeat(959));
  await expect(page.getByText('41 characters left')).toBeVisible();
  await expect(page.getByText('This channel does not report delivery.')).toBeVisible();
});

test('who says no in the dialog is told that nothing was connected', async () => {
  await page.goto(`${product.url}/settings/accounts`);
  await page.getByRole('button', { name: 'Connect an account' }).click();
  await dialog().getByRole('button', { name: 'Messenger', exact: true }).click();
  await dialog().getByRole('button', { name: 'Continue to Facebook' }).click();
  await page.getByRole('button', { name: 'Not now' }).click();
  await expect(page.getByText('nothing was connected')).toBeVisible();
});

test('an account is disconnected, and says so', async () => {
  await row(/lab\.shop/)
    .getByRole('link')
    .click();
  await page.getByRole('complementary').getByRole('button', { name: 'Disconnect' }).click();
  await expect(dialog().getByText('Conversations stay')).toBeVisible();
  await dialog().getByRole('button', { name: 'Disconnect' }).click();
  await expect(row(/lab\.shop/)).toContainText('Disconnected');
  expect([...product.lab.graph.lab.subscriptions.keys()]).toEqual(['700']);
});
