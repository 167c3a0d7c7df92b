import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { type Product, startProduct } from '#bin/product.ts';
import { readStartConfig } from '#bin/start-config.ts';

let product: Product;
let dataDir: string;

test.beforeAll(async () => {
  test.setTimeout(180_000);
  dataDir = await mkdtemp(join(tmpdir(), 'patchbay-e2e-'));
  const { env } = readStartConfig();
  product = await startProduct(
    readStartConfig({ ...env, DATA_DIR: dataDir, DATABASE_URL: undefined, PATCHBAY_KEY: undefined, PORT: '0' }),
    () => undefined,
  );
});
test.afterAll(async () => {
  await product[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true, force: true });
});

test('a new user makes a workspace, sees every page without an accessibility fault, and stays signed in after a reload', async ({ page }) => {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto(product.url);
  const made = await page.request.post(`${product.url}/api/auth/register`, {
    data: { email: 'ann@example.test', password: 'a long enough password', workspace: 'Ann and friends' },
  });
  expect(made.status()).toBe(201);
  await page.getByLabel(/mail/i).first().fill('ann@example.test');
  await page.locator('input[type=password]').first().fill('a long enough password');
  await page.keyboard.press('Enter');
  await expect(page.getByText('Ann and friends').first()).toBeVisible();
  for (const path of ['/', '/inbox', '/campaigns', '/lists', '/templates', '/settings']) {
    await page.goto(`${product.url}${path}`);
    await expect(page.getByText('Ann and friends').first()).toBeVisible();
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map((violation) => `${path}: ${violation.id} ${violation.nodes[0]?.target.join(' ')}`)).toEqual([]);
  }
  await page.reload();
  await expect(page.getByText('Ann and friends').first()).toBeVisible();
  expect(errors).toEqual([]);
});
