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
import { indexWords } from '#sql/message-words.ts';
import { signUp } from './demo/http-client.ts';
import { signedIn } from './pictures/signed-in.ts';
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
  context.setDefaultTimeout(20_000);
  page = await signedIn(context, { url, ...person });
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
const soon = <T>(look: () => T) => expect.poll(look, { timeout: 20_000, interval: 100 });
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
  await soon(() => page.getByRole('button', { name: 'Mine 1' }).count()).toBe(1);
  await page.getByRole('log').click();
  await page.keyboard.press('e');
  await soon(() => states('Anna')).toEqual(['resolved']);
  await soon(() => line('parcel').count()).toBe(0);
  await page.keyboard.press('j');
  await page.getByRole('log').getByText('A table for four, please').waitFor();
  await page.keyboard.press('s');
  await page.getByText(/^In an hour/).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await soon(() => states('Bob')).toEqual(['snoozed']);
  await soon(() => page.getByRole('button', { name: 'All 1' }).count()).toBe(1);
  await receive('491713920001', 'Bob', 'Make it five');
  await line('Make it five').waitFor();
});

test('an answer by its name after a slash, a note for colleagues, a view by name, a word that was said: what was begun elsewhere goes on here', async () => {
  await client.addCannedAnswer({ body: { shortcut: 'thanks', body: 'Thank you, {{first_name}}.' } });
  await receive('491713920009', 'Dora', 'It arrived!');
  await page.goto(`${url}/inbox?state=any`);
  await line('It arrived').click();
  const id = new URL(page.url()).pathname.split('/').at(-1) ?? '';
  await page.getByRole('log').getByText('It arrived!').waitFor();
  await page.getByRole('log').click();
  await page.keyboard.press('n');
  const box = page.getByRole('textbox', { name: 'Write a note that only colleagues see' });
  await box.fill('A regular, be kind');
  // Only what is begun for the person is kept: a note that is left half written is never found as a reply.
  expect(await page.evaluate(() => Object.values(sessionStorage).filter((kept) => kept.includes('regular')))).toEqual([]);
  await box.press('Enter');
  await page.getByRole('log').getByText('A regular, be kind').waitFor();
  const reply = page.getByRole('textbox', { name: 'Write a reply' });
  await reply.fill('/tha');
  await page.getByRole('option', { name: /thanks/ }).waitFor();
  await reply.press('Enter');
  await soon(() => reply.inputValue()).toMatch(/^Thank you, /);
  await soon(async () => (await client.readDraft({ params: { id } })).draft?.text).toMatch(/^Thank you, /);
  await page.evaluate(() => sessionStorage.clear());
  await page.reload();
  await soon(() => reply.inputValue()).toMatch(/^Thank you, /);
  await reply.press('Enter');
  await soon(() => reply.inputValue()).toBe('');
  expect((await client.listMessages({ params: { id }, query: {} })).rows.map((row) => row.status)).toEqual(['planned', null]);
  await page.getByRole('button', { name: 'Saved views' }).click();
  await page.getByLabel('Name of this view').fill('Everything');
  await page.getByRole('button', { name: 'Keep', exact: true }).click();
  await page.getByRole('button', { name: 'Everything', exact: true }).waitFor();
  expect((await client.listSavedViews()).rows).toMatchObject([{ name: 'Everything', filter: { state: 'any' }, isShared: false }]);
  await page.keyboard.press('Escape');

  await indexWords(database.db);
  await page.getByLabel('Search people and messages').fill('árriv');
  await page.getByRole('region', { name: 'In messages' }).getByText('arrived', { exact: true }).click();
  await page.getByRole('log').getByText('It arrived!').waitFor();
});
