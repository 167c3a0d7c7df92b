import { expect, type Locator, type Page, test } from '@playwright/test';
import { type Desk, onWeb, startDesk } from '#e2e/desk-of-a-shop.ts';
import { keepComplaints } from '#e2e/signed-in-page.ts';
import { messagesBetween } from '#lab/whatsapp/truth.ts';

test.describe.configure({ mode: 'serial' });

let desk: Desk;
let page: Page;
const complaints: string[] = [];

test.beforeAll(async ({ browser }) => {
  test.setTimeout(180_000);
  desk = await startDesk();
  // axe wants a context that was made by hand.
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-GB', reducedMotion: 'reduce' });
  context.setDefaultTimeout(20_000);
  await context.addInitScript(() => {
    const complain = () => {
      throw new Error('a pointer was used');
    };
    addEventListener('pointerdown', complain, true);
  });
  page = await context.newPage();
  keepComplaints(page, complaints);
});
test.afterAll(async () => {
  await page?.context().close();
  await desk?.[Symbol.asyncDispose]();
});

const press = async (...keys: string[]) => {
  for (const key of keys) await page.keyboard.press(key);
};
const type = (text: string) => page.keyboard.type(text);
/** On with Tab, as often as it takes a person. */
async function tabTo(target: Locator): Promise<void> {
  await target.waitFor();
  const isThere = () => target.evaluate((element) => element === document.activeElement);
  for (let n = 0; n < 80 && !(await isThere()); n++) await press('Tab');
  await expect(target).toBeFocused();
}
/** Opens what the palette finds first. */
async function go(words: string): Promise<void> {
  await press('Control+k');
  await expect(page.getByRole('combobox', { name: 'Search or go to' })).toBeFocused();
  await type(words);
  await expect(page.getByRole('option', { selected: true })).toContainText(words);
  await press('Enter');
  await expect(page.getByRole('dialog', { name: 'Search or go to' })).toBeHidden();
}
const list = () => page.getByRole('region', { name: 'Conversations' });
const thread = () => page.getByRole('log', { name: 'Messages' });
/** Down the list until this person’s conversation is open. */
async function walkTo(name: string): Promise<void> {
  const open = page.getByRole('region', { name, exact: true });
  for (let n = 0; n < 8 && !(await open.isVisible()); n++) {
    const before = page.url();
    await press('j');
    await expect(page).not.toHaveURL(before);
    await page.getByRole('log').waitFor();
  }
  await expect(open).toBeVisible();
}
const stateOf = async (search: string) => (await desk.client.listConversations({ query: { search } })).rows.map((row) => row.state);
const states = async () => (await stateOf('')).toSorted();

test('a working day with the keyboard alone, on a web profile and an official number', async () => {
  test.setTimeout(180_000);
  const { product, hear, owner } = desk;
  hear.onCloud('491511000001', 'Ann', 'Where is my parcel?');
  hear.onCloud('491511000002', 'Carla', 'The lamp is broken');
  await hear.onWeb('Are you open on Saturday?');

  await page.goto(product.url);
  await expect(page.getByLabel('Mail address or user name')).toBeFocused();
  await type(owner.email);
  await press('Tab');
  await type(owner.password);
  await press('Enter');
  await page.getByRole('heading', { name: 'Home' }).waitFor();
  await go('Inbox');
  await expect(list().getByRole('link', { name: /parcel|lamp|Saturday/ })).toHaveCount(3, { timeout: 60_000 });

  await walkTo('Ann');
  await expect(thread().getByText('Where is my parcel?')).toBeVisible();
  await press('r');
  await type('It comes tomorrow');
  await press('Enter');
  await expect(thread().getByText('It comes tomorrow')).toBeVisible();
  await type('/tha');
  await expect(page.getByRole('option', { name: /Thank you, Ann\./ })).toBeVisible();
  await press('Enter');
  await expect(page.getByRole('textbox', { name: 'Write a reply' })).toHaveValue('Thank you, Ann.');
  await press('Enter');
  await expect(thread().getByText('Thank you, Ann.')).toBeVisible();
  await press('Escape', 'n');
  await expect(page.getByRole('textbox', { name: 'Write a note that only colleagues see' })).toBeFocused();
  await type('@ben please look after her');
  await press('Enter');
  await expect(page.getByText('For Ben')).toBeVisible();
  await press('Escape', 'm');
  await expect(list().getByRole('link', { name: /Ann/ })).toContainText('Olga');
  await press('l');
  await type('Delivery');
  await press('Enter', 'Escape');
  await expect(list().getByRole('link', { name: /Ann/ })).toContainText('Delivery');
  await press('s');
  await page.getByText(/^In an hour/).waitFor();
  await press('ArrowDown', 'Enter');
  await expect.poll(() => stateOf('Ann')).toEqual(['snoozed']);

  await press('g', 'i');
  await walkTo('Carla');
  await go('Write a reply');
  await type('A new one is on its way');
  await press('Enter', 'Escape');
  await expect(thread().getByText('A new one is on its way')).toBeVisible();
  await press('e');
  await expect.poll(() => stateOf('Carla')).toEqual(['resolved']);

  await press('f');
  await type('Saturday');
  const hit = page.getByRole('region', { name: 'In messages' }).getByRole('link');
  await expect(hit).toHaveCount(1);
  await tabTo(hit);
  await press('Enter');
  await expect(thread().getByText('Are you open on Saturday?')).toBeVisible();
  await press('r');
  await type('Yes, until 18:00');
  await press('Enter', 'Escape');
  const arrived = () => messagesBetween(product.lab.whatsapp.lab, { account: desk.phone, peer: onWeb, via: 'web' });
  await expect.poll(() => arrived().map((message) => message.text), { timeout: 60_000 }).toEqual(['Yes, until 18:00']);

  await press('f', 'Control+a', 'Delete', 'Escape');
  await tabTo(page.getByRole('combobox', { name: 'State' }));
  await press('Enter');
  await page.getByText('Any but archived').waitFor();
  await press('ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowDown', 'Enter');
  await expect(page).toHaveURL(/state=any/);
  await expect(list().getByRole('link')).toHaveCount(3);

  await press('*', '*');
  await expect(page.getByRole('toolbar', { name: 'All that are chosen' })).toContainText('3 chosen');
  await tabTo(page.getByRole('toolbar', { name: 'All that are chosen' }).getByRole('button', { name: 'Resolve' }));
  await press('Enter');
  await expect(page.getByText('3 conversations changed')).toBeVisible();
  await expect.poll(states).toEqual(['resolved', 'resolved', 'resolved']);
  await press('z');
  await expect(page.getByText('3 conversations as before')).toBeVisible();
  await expect.poll(states).toEqual(['open', 'resolved', 'snoozed']);

  await press('?');
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
  await press('Escape');
  await expect
    .poll(() => [...product.lab.graph.lab.messages.values()].filter(({ direction }) => direction === 'out').map(({ text }) => text))
    .toEqual(['It comes tomorrow', 'Thank you, Ann.', 'A new one is on its way']);
  expect(complaints).toEqual([]);
});
