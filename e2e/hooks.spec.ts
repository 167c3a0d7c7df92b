import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@playwright/test';
import { Webhook } from 'standardwebhooks';
import { signUp } from '#bin/demo/http-client.ts';
import { expectAccessible } from '#e2e/expect-accessible.ts';
import { signedInPage } from '#e2e/signed-in-page.ts';
import { startWholeProduct } from '#e2e/whole-product.ts';

const person = { email: 'hanna@example.test', password: 'seven slow trains by noon', name: 'Hanna', workspace: 'Hooks', zone: 'Europe/Berlin' };

test('a hook is added, tested, told what happens, and each post is looked at and posted again; when it is gone, a notice says so', async ({
  browser,
}) => {
  await using parts = new AsyncDisposableStack();
  const got: { headers: Record<string, string>; body: string }[] = [];
  let status = 200;
  const receiver = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    got.push({ headers: request.headers as Record<string, string>, body: Buffer.concat(pieces).toString() }); // These are single.
    response.writeHead(status, { 'x-receiver': 'crm' }).end('thanks');
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  parts.defer(() => void receiver.close());
  const address = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/in`; // A TCP server has an AddressInfo.
  const product = parts.use(await startWholeProduct());
  const client = await signUp(product.url, person);
  const page = await signedInPage(browser, product.url, person);
  parts.defer(() => page.context().close());
  const dialog = page.getByRole('dialog');

  await page.goto(`${product.url}/settings/hooks`);
  await page.getByRole('button', { name: 'Add a webhook' }).first().click();
  await dialog.getByLabel('Name').fill('CRM');
  await dialog.getByLabel('Address').fill(address);
  await dialog.getByLabel('A list changes').check();
  await dialog.getByLabel('Headers of your own').fill('Host: evil.example');
  await dialog.getByRole('button', { name: 'Add a webhook' }).click();
  await expect(dialog.getByText('may not hold Host')).toBeVisible();
  await dialog.getByLabel('Headers of your own').fill('Authorization: Bearer mine');
  await expectAccessible(page, 'adding a hook');
  await dialog.getByRole('button', { name: 'Add a webhook' }).click();
  const secret = (await dialog.getByText(/^whsec_/).textContent()) ?? '';
  await dialog.getByRole('button', { name: 'Close' }).last().click();

  await page.getByRole('button', { name: 'Post a test' }).click();
  const panel = page.getByRole('complementary', { name: 'Post' });
  await expect(panel.getByText('Taken')).toBeVisible();
  await expect(panel.getByText('x-receiver: crm')).toBeVisible();
  await expect(panel.getByText('Bearer mine')).toHaveCount(0);
  expect(new Webhook(secret).verify(got[0]?.body ?? '', got[0]?.headers ?? {})).toMatchObject({ type: 'test' });
  expect(got[0]?.headers.authorization).toBe('Bearer mine');

  status = 500;
  await client.addList({ body: { name: 'Spring' } });
  const row = page.getByRole('row', { name: /A list changes/ });
  await row.getByRole('link').click();
  await expect(panel.getByText('The address answered 500.')).toBeVisible();
  status = 200;
  await panel.getByRole('button', { name: 'Post again' }).click();
  await expect(panel.getByText('Taken')).toBeVisible();
  expect(new Set(got.slice(1).map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  await expectAccessible(page, 'the monitor');
  await page.getByRole('button', { name: 'Close' }).click();
  await page.getByRole('button', { name: 'Events' }).click();
  await expect(page.getByRole('row', { name: /A list changes/ }).first()).toBeVisible();

  // A notice in the page, by the bell.
  status = 410;
  await client.addList({ body: { name: 'Summer' } });
  const bell = page.getByRole('button', { name: '1 unread notice' });
  await bell.click();
  await page.getByRole('button', { name: 'CRM was switched off' }).click();
  await expect(page.getByText('Off: says it is gone')).toBeVisible();
  await expect(page.getByRole('button', { name: 'No unread notices' })).toBeVisible();
  await page.goto(`${product.url}/settings/notices`);
  await page.getByRole('checkbox', { name: 'A profile needs a person: Mail' }).check();
  await page.getByRole('switch', { name: 'Quiet hours' }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved')).toBeVisible();
  expect(await client.readNoticeSettings()).toMatchObject({
    quiet: { from: '21:00', to: '08:00' },
    rules: { profile_needs: { page: true, mail: true } },
  });
  await expectAccessible(page, 'the settings of notices');

  // It can be installed; a window of a test counts as a private one, which may not.
  const devtools = await page.context().newCDPSession(page);
  const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors');
  expect(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== 'in-incognito')).toEqual([]);
  expect(await page.evaluate(async () => (await navigator.serviceWorker.register('/sw.js')).scope)).toBe(`${product.url}/`);
});
