import { expect, test } from '@playwright/test';
import { signUp } from '#bin/demo/http-client.ts';
import { connectNumber, hearOnCloud } from '#e2e/desk-of-a-shop.ts';
import { signedInPage } from '#e2e/signed-in-page.ts';
import { startWholeProduct } from '#e2e/whole-product.ts';

const person = { email: 'rule@example.test', password: 'seven slow trains by noon', name: 'Rule', workspace: 'Rules', zone: 'Europe/Berlin' };

test('a rule is made and tried on the bench; what it answers stands in the conversation with its name, and says why', async ({ browser }) => {
  await using parts = new AsyncDisposableStack();
  const product = parts.use(await startWholeProduct());
  const client = await signUp(product.url, person);
  await connectNumber(product, client);
  const page = await signedInPage(browser, product.url, { ...person, path: '/settings/automation' });
  parts.defer(() => page.context().close());
  const open = (path: string) => page.goto(`${product.url}${path}`);
  await page.getByRole('button', { name: 'Add a rule' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Opening hours');
  await dialog.getByRole('textbox', { name: 'Words', exact: true }).fill('open, hours');
  await dialog.getByRole('textbox', { name: 'Answer', exact: true }).fill('We are open until 20:00.');
  await dialog.getByRole('button', { name: 'Try it on a text' }).click();
  await dialog.getByLabel('A text to try').fill('Do you open on Sunday?');
  await dialog.getByRole('button', { name: 'See what would happen' }).click();
  await expect(dialog.getByRole('listitem').filter({ hasText: 'Opening hours' })).toContainText('fired: Answer');
  await dialog.getByLabel('A text to try').fill('Where is my parcel?');
  await dialog.getByRole('button', { name: 'See what would happen' }).click();
  await expect(dialog.getByRole('listitem').filter({ hasText: 'Opening hours' })).toContainText('did not fire');
  await dialog.getByRole('button', { name: 'Add a rule' }).click();
  await expect(dialog).toHaveCount(0);

  await client.addSlaPolicy({ body: { name: 'Shop', firstMinutes: 60, isUsual: true } });
  hearOnCloud(product, { from: '491511000001', name: 'Ann', text: 'When do you open?' });
  await open('/inbox');
  await page.getByRole('link', { name: /Ann.*First answer is due/ }).click();
  await page.getByRole('log').getByRole('button', { name: 'Why?' }).click();
  await expect(page.getByText('fired: Answer')).toBeVisible();
  await expect(page.getByRole('log').getByText('Opening hours')).toBeVisible();
  await open('/settings/automation?part=log');
  await expect(page.getByText('fired: Answer')).toBeVisible();
  await open('/settings/sla');
  await expect(page.getByRole('cell', { name: '1 hr' })).toBeVisible();
});
