import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { type Browser, chromium, type Page } from 'playwright';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { Client } from '#core/api/client.ts';
import { createTestDatabase, type TestDatabase } from '#e2e/test-database.ts';
import { readServerConfig } from '#server/config.ts';
import { startServer } from '#server/serve.ts';
import { inWorkspace } from '#sql/database.ts';
import { ingest } from '#sql/ingest.ts';
import { signUp } from './demo/http-client.ts';
import { provideUi } from './provide-ui.ts';

const person = { email: 'dana@example.test', password: 'nine blue boats at dawn', name: 'Dana', workspace: 'Riverside', zone: 'Europe/Berlin' };
const parts = new AsyncDisposableStack();
let browser: Browser;
let page: Page;
let url: string;
let client: Client;
let database: TestDatabase;
let accountId: string;
let workspaceId: string;

beforeAll(async () => {
  await provideUi(() => undefined);
  database = parts.use(await createTestDatabase());
  const dataDir = await mkdtemp(join(tmpdir(), 'patchbay-inbox-'));
  parts.defer(() => rm(dataDir, { recursive: true, force: true, maxRetries: 5 }));
  const env = { DATABASE_URL: database.url, DATA_DIR: dataDir, PORT: '0', PATCHBAY_KEY: 'a key that only tests use, nowhere else' };
  const server = await startServer(readServerConfig(env), pino({ level: 'silent' }));
  parts.defer(() => server.close());
  url = server.url;
  client = await signUp(url, person);
  workspaceId = (await client.readWorkspace()).id;
  accountId = (await client.addProfile({ body: { name: 'Shop', channel: 'whatsapp-web' } })).id;
  browser = await chromium.launch({ executablePath: inject('browserPath') ?? '', chromiumSandbox: false });
  parts.defer(() => browser.close());
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-GB' });
  page = await context.newPage();
  page.setDefaultTimeout(20_000);
  await page.goto(`${url}/sign-in`);
  await page.getByLabel('Mail address or user name').fill(person.email);
  await page.getByLabel('Password').fill(person.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Wall' }).waitFor();
}, 120_000);
afterAll(() => parts.disposeAsync(), 60_000);

const receive = (number: string, name: string, text: string, at = new Date()) =>
  inWorkspace(database.db, workspaceId, (trx) =>
    ingest(trx, {
      workspaceId,
      accountId,
      messages: [
        {
          conversation: number,
          peer: { kind: 'phone', value: `+${number}`, name },
          platformId: `${number} ${text}`,
          direction: 'in',
          kind: 'text',
          text,
          at,
          status: null,
        },
      ],
      now: new Date(),
    }),
  );
const line = (text: string) => page.getByRole('region', { name: 'Conversations' }).getByRole('link', { name: new RegExp(text) });
const states = async (search: string) => (await client.listConversations({ query: { search, archived: undefined } })).rows.map((row) => row.state);

test('a morning by keyboard: read, label, assign, snooze, resolve, and what is left is counted', async () => {
  for (const [n, [name, text]] of (
    [
      ['Anna', 'Where is my parcel?'],
      ['Bob', 'A table for four, please'],
      ['Carla', 'The lamp is broken'],
    ] as const
  ).entries())
    await receive(`49171392000${n}`, name, text, new Date(Date.now() - (n + 1) * 60_000));
  await page.goto(`${url}/inbox`);
  await line('parcel').waitFor();
  await page.keyboard.press('j');
  await page.getByRole('log').getByText('Where is my parcel?').waitFor();
  await page.getByLabel('Add a label').fill('Delivery');
  await page.getByLabel('Add a label').press('Enter');
  await line('Delivery').waitFor();
  await page.getByRole('combobox', { name: 'Assigned to' }).click();
  await page.getByText('Dana (you)').click();
  await expect.poll(() => page.getByRole('button', { name: 'Mine 1' }).count()).toBe(1);
  await page.getByRole('log').click();
  await page.keyboard.press('e');
  await expect.poll(() => states('Anna')).toEqual(['resolved']);
  await expect.poll(() => line('parcel').count()).toBe(0);
  await page.keyboard.press('j');
  await page.getByRole('log').getByText('A table for four, please').waitFor();
  await page.keyboard.press('s');
  await page.getByText(/^In an hour/).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect.poll(() => states('Bob')).toEqual(['snoozed']);
  await expect.poll(() => page.getByRole('button', { name: 'All 1' }).count()).toBe(1);
  await receive('491713920001', 'Bob', 'Make it five');
  await line('Make it five').waitFor();
});
