import { expect, type Page, test } from '@playwright/test';
import { expectAccessible } from '#e2e/expect-accessible.ts';
import { readCode } from '#e2e/read-code.ts';
import { keepComplaints } from '#e2e/signed-in-page.ts';
import { startWholeProduct, type WholeProduct } from '#e2e/whole-product.ts';
import { tell } from '#lab/tell.ts';
import { messagesBetween } from '#lab/whatsapp/truth.ts';

const person = { email: 'dana@example.test', password: 'nine blue boats at dawn' };
const shop = { number: '4915550000001', name: 'The shop' };
const customer = '491713920000';

test.describe.configure({ mode: 'serial' });

let product: WholeProduct;
let page: Page;
const complaints: string[] = [];

test.beforeAll(async ({ browser }) => {
  test.setTimeout(180_000);
  product = await startWholeProduct();
  // axe wants a context that was made by hand, and things that stand still.
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    colorScheme: 'light',
    locale: 'en-GB',
    reducedMotion: 'reduce',
  });
  page = await context.newPage();
  keepComplaints(page, complaints);
});
test.afterAll(async () => {
  await page?.context().close();
  await product?.[Symbol.asyncDispose]();
});

const open = (name: string) => page.getByRole('navigation', { name: 'Main navigation' }).getByRole('link', { name }).click();
const dialog = () => page.getByRole('dialog').last();
const control = (path: string, body: object) => tell(`${product.lab.whatsapp.control}/${path}`, body);

test('a first visitor makes a workspace and is told what a profile is', async () => {
  await page.goto(product.url);
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await expectAccessible(page, 'sign-in');
  await page.getByRole('link', { name: 'Make a workspace' }).click();
  await page.getByLabel('Name of the workspace').fill('Riverside Books');
  await page.getByLabel('Mail address').fill(person.email);
  await page.getByLabel('Password').fill('short');
  await page.getByRole('button', { name: 'Make a workspace' }).click();
  await expect(page.getByText('This is too short: use 12 characters or more.')).toBeVisible();
  await page.getByLabel('Password').fill(person.password);
  await page.getByRole('button', { name: 'Make a workspace' }).click();
  await expect(page.getByText('There are no profiles yet.')).toBeVisible();
  await expect(page.getByText('Live', { exact: true })).toBeVisible();
  complaints.length = 0; // The refused password is a 400, which the browser writes to its console by itself.
  await expectAccessible(page, 'the empty wall');
});

test('a mail account says what the server answered to its test', async () => {
  await open('Settings');
  await page.getByRole('switch', { name: 'Quiet hours' }).click();
  await page.getByRole('switch', { name: 'Read new messages by itself' }).click();
  await page.getByRole('button', { name: 'Save changes' }).click();
  await expect(page.getByText('Saved')).toBeVisible();
  await page.getByRole('link', { name: 'Mail accounts' }).click();
  await page.getByRole('button', { name: 'Add a mail account' }).first().click();
  await dialog().getByLabel('Name', { exact: true }).fill('Shop mail');
  await dialog().getByLabel('Sender address').fill('shop@example.test');
  await dialog().getByRole('combobox', { name: 'Security' }).click();
  await page.getByText('None (this machine)').click();
  await dialog().getByLabel('Server').fill('127.0.0.1');
  await dialog().getByLabel('Port').fill(String(product.lab.mail.smtpPort));
  await dialog().getByRole('button', { name: 'Add a mail account' }).click();
  await page.getByRole('button', { name: 'Send a test' }).click();
  await dialog().getByRole('button', { name: 'Send the test' }).click();
  await expect(dialog().getByText(/^The server has answered: 250/)).toBeVisible();
  expect(product.lab.mail.counts().total).toBe(1);
  await dialog().getByRole('button', { name: 'Close' }).click();
});

test('a template shows what a person will get while it is written', async () => {
  await open('Templates');
  await page.getByRole('button', { name: 'Write the first template' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Opening hours');
  await page.getByLabel('Text').fill('Hello {{first_name}}, in {{city}} we are open until 20:00.');
  const preview = page.getByRole('region', { name: 'Preview' });
  await expect(preview.getByText('No value: people without one are left out')).toBeVisible();
  await preview.getByLabel('city').fill('Berlin');
  await expect(preview.getByText('Hello Anna, in Berlin we are open until 20:00.')).toBeVisible();
  await page.getByRole('switch', { name: 'Also sent by mail' }).click();
  await page.getByLabel('Subject').fill('Opening hours in {{city}}');
  await page.getByRole('button', { name: 'Add a template' }).last().click();
  await expect(page.getByText('Version 1')).toBeVisible();
});

test('a spreadsheet is imported, and each rejected row says why', async () => {
  await open('Contacts');
  await page.getByRole('button', { name: 'Add the first list' }).click();
  await dialog().getByLabel('Name').fill('Autumn');
  await dialog().getByRole('button', { name: 'Add a list' }).click();
  await page.getByRole('button', { name: 'Import a file' }).first().click();
  await dialog().locator('input[type=file]').setInputFiles('examples/recipients.xlsx');
  await expect(dialog().getByRole('combobox', { name: 'What the column Phone is for' })).toHaveText('Phone');
  await dialog().getByRole('combobox', { name: 'How did these people agree?' }).click();
  await page.getByText('With a purchase', { exact: true }).click();
  await dialog().getByLabel('On which day').fill('2026-09-01');
  await dialog().getByLabel('What shows it').fill('Order form of the shop');
  await expectAccessible(page, 'the columns of a file');
  await dialog()
    .getByRole('button', { name: /^Import \d+ rows$/ })
    .click();
  await expect(page.getByText('Imported', { exact: true })).toBeVisible({ timeout: 60_000 });
  await expect(page.getByRole('row', { name: /A mail address has exactly one @/ }).first()).toBeVisible();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save these rows as CSV' }).click();
  expect((await download).suggestedFilename()).toBe('recipients-rejects.csv');
  await page.getByRole('button', { name: 'Show the people' }).click();
  await expect(page.getByRole('link', { name: 'Anna Schäfer' })).toBeVisible();
});

test('a profile is paired by scanning the code on the screen', async () => {
  await control('accounts', shop);
  await control('peers', { number: customer, name: 'Anna', onWhatsApp: true, deliveredAfterMs: 100, readsAfterMs: 300 });
  await open('Wall');
  await page.getByRole('button', { name: 'Add the first profile' }).click();
  await dialog().getByLabel('Name', { exact: true }).fill('Shop Berlin');
  await dialog().getByRole('combobox', { name: 'Messenger' }).click();
  await page.getByText('WhatsApp Web', { exact: true }).click();
  await dialog().getByRole('button', { name: 'Zone, language, ceilings' }).click();
  await dialog().getByLabel('Address').fill(product.lab.whatsapp.url);
  await dialog().getByRole('button', { name: 'Add and log in' }).click();
  const code = dialog().getByRole('img', { name: 'Code to scan with the phone' });
  await expect(code).toBeVisible({ timeout: 60_000 });
  await expectAccessible(page, 'the code');
  await expect(async () => control('scan', { ref: await readCode(code), number: shop.number })).toPass({ timeout: 40_000 });
  await expect(dialog().getByText(/^Logged in as \+?4915550000001/)).toBeVisible({ timeout: 60_000 });
  await dialog().getByRole('button', { name: 'Done' }).click();
  const tile = page.getByRole('article', { name: 'Shop Berlin' });
  await expect(tile.getByText('Ready')).toBeVisible();
  await expect(tile.locator('img')).toBeVisible({ timeout: 20_000 });
});

test('a campaign says how many people get it before it starts, and is watched to its end', async () => {
  await open('Campaigns');
  await page.getByRole('button', { name: 'Make the first campaign' }).click();
  await dialog().getByLabel('Name').fill('Hours by mail');
  await dialog().getByRole('button', { name: 'Go on' }).click();
  await page.getByRole('checkbox', { name: 'Autumn' }).click();
  await page.getByRole('button', { name: 'Next: Message' }).click();
  await page.getByRole('combobox', { name: 'Template' }).click();
  await page.getByText('Opening hours', { exact: true }).last().click();
  await page.getByRole('button', { name: 'Next: Senders' }).click();
  await page.getByRole('checkbox', { name: 'Shop mail' }).click();
  await page.getByRole('button', { name: 'Next: Review and start' }).click();
  const start = page.getByRole('button', { name: /^Start sending to \d+ people$/ });
  await expect(start).toBeVisible();
  await expectAccessible(page, 'the review');
  const people = Number((await start.innerText()).replace(/\D/g, ''));
  const before = product.lab.mail.counts().total;
  await start.click();
  await expect(dialog().getByText(`${people} messages go out`)).toBeVisible();
  await dialog()
    .getByRole('button', { name: `Start sending to ${people} people` })
    .click();
  await expect(page.getByText('Finished', { exact: true })).toBeVisible({ timeout: 90_000 });
  await expect(page.getByText('100%')).toBeVisible();
  expect(product.lab.mail.counts().total - before).toBe(people);
  await page.getByRole('link', { name: 'Begoña Peña' }).click();
  await expect(page.getByRole('complementary').getByText('Hello Begoña, in Ciudad de México we are open until 20:00.')).toBeVisible();
  await expectAccessible(page, 'the run');
});

test('the log holds every delivery with its sender and state, and shows one in full', async () => {
  await open('Log');
  await page.getByRole('combobox', { name: 'Sender' }).click();
  await page.getByText('Shop mail', { exact: true }).last().click();
  await page.getByRole('button', { name: 'Sent', exact: true }).click();
  await expect(page).toHaveURL(/account=.*state=sent|state=sent.*account=/);
  await page.getByRole('link', { name: 'Begoña Peña' }).first().click();
  await expect(page.getByRole('complementary').getByText('Hello Begoña, in Ciudad de México we are open until 20:00.')).toBeVisible();
  await expectAccessible(page, 'the log');
  await page.getByRole('complementary').getByRole('button', { name: 'Close' }).click();
  await page.getByRole('button', { name: 'Failed', exact: true }).click();
  await page.getByRole('button', { name: 'Show everybody' }).click();
  await expect(page.getByRole('link', { name: 'Begoña Peña' }).first()).toBeVisible();
});

test('an answer in the inbox goes out once', async () => {
  await control('incoming', { to: shop.number, from: customer, text: 'Are you open on Saturday?' });
  await open('Inbox');
  // Messengers tell minutes only: among mails of the same minute a new message need not stand first.
  await page.getByRole('button', { name: 'Unread', exact: true }).click();
  await page.getByRole('link', { name: /Are you open on Saturday/ }).click({ timeout: 60_000 });
  await expectAccessible(page, 'a conversation');
  const reply = page.getByRole('textbox', { name: 'Write a reply' });
  await reply.fill('Yes, until 18:00');
  await page.reload();
  await expect(reply).toHaveValue('Yes, until 18:00');
  await reply.press('Enter');
  await expect(reply).toHaveValue('');
  const log = page.getByRole('log', { name: 'Messages' });
  await expect(log.getByText('Yes, until 18:00')).toHaveCount(1);
  const arrived = () => messagesBetween(product.lab.whatsapp.lab, { account: shop.number, peer: customer, via: 'web' });
  await expect.poll(() => arrived().length, { timeout: 90_000 }).toBe(1);
  await expect(log.getByText('Yes, until 18:00')).toHaveCount(1);
});

test('the dashboard reads in Russian', async () => {
  await page.goto(`${product.url}/campaigns`);
  await page.getByRole('button', { name: /theme, language, sign out/ }).click();
  await page.getByRole('button', { name: 'Русский' }).click();
  await expect(page.getByRole('heading', { name: 'Рассылки' })).toBeVisible();
  await expect(page.getByText('Завершена', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'English' }).click();
  await expect(page.getByRole('heading', { name: 'Campaigns' })).toBeVisible();
});

test('a lost connection is said, with the age of what is shown, and comes back by itself', async () => {
  let isCut = false;
  const lines: { close(): Promise<void> }[] = [];
  await page.routeWebSocket(/\/ws$/, (line) => {
    if (isCut) return void line.close();
    lines.push(line);
    line.connectToServer();
  });
  await page.goto(`${product.url}/wall`);
  await expect(page.getByText('Live', { exact: true })).toBeVisible();
  isCut = true;
  await Promise.all(lines.map((line) => line.close()));
  await expect(page.getByRole('alert').getByText('The connection is lost. You see what was known now; trying again.')).toBeVisible();
  isCut = false;
  await expect(page.getByText('Live', { exact: true })).toBeVisible({ timeout: 30_000 });
  await expect(page.getByRole('alert')).toHaveCount(0);
});

test('a session outlives a reload, signing out ends it, and signing in leads to the page that was asked for', async () => {
  await page.goto(`${product.url}/settings/people`);
  await expect(page.getByRole('cell', { name: person.email })).toBeVisible();
  await page.getByRole('button', { name: /theme, language, sign out/ }).click();
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await page.goto(`${product.url}/settings/people`);
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await page.getByLabel('Mail address or user name').fill(person.email);
  await page.getByLabel('Password').fill(person.password);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('cell', { name: person.email })).toBeVisible();
  expect(complaints).toEqual([]);
});
