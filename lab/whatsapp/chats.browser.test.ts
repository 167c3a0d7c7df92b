import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LabUnderTest, Tab } from './testing/linked-browser.ts';
import { anna, bert, bubbles, composer, link, openBrowser, openChat, openLab, ready, removeFolder, soon } from './testing/linked-browser.ts';

let lab: LabUnderTest;
let tab: Tab;
beforeEach(async () => {
  lab = await openLab();
  tab = await openBrowser();
});
afterEach(async () => {
  await tab.close();
  await removeFolder(tab.folder);
  await lab.close();
});
const numberOf = (index: number) => String(447_700_900_000 + index);
const rows = () => tab.page.locator('#pane-side [role="row"]:has([data-testid="cell-frame-container"])');

test('a list of 500 chats holds a part of its rows, and a new message moves a row to the top', async () => {
  await lab.post(
    '/peers',
    Array.from({ length: 500 }, (_, index) => ({ number: numberOf(index), name: `Contact ${index}` })),
  );
  for (let index = 0; index < 500; index += 1) await lab.post('/incoming', { to: anna, from: numberOf(index), text: `hello ${index}` });
  await link(lab, tab.page);
  const { page } = tab;
  await soon(() => page.locator('#pane-side [role="grid"]').getAttribute('aria-rowcount')).toBe('500');
  expect(await rows().count()).toBeLessThan(100);
  expect(await page.title()).toBe('(500) WhatsApp');
  await page.locator('#pane-side').evaluate((pane) => pane.scrollTo({ top: pane.scrollHeight }));
  await page.locator('#pane-side span[title$="Contact 0"]').waitFor();
  await lab.post('/incoming', { to: anna, from: numberOf(3), text: 'again' });
  await page.locator('#pane-side').evaluate((pane) => pane.scrollTo({ top: 0 }));
  const top = page.locator('[data-testid="list-item-0"]');
  await soon(() => top.locator('[data-testid="icon-unread-count"]').textContent()).toBe('2');
  expect(await top.locator('[data-testid="cell-frame-title"] span[title]').getAttribute('title')).toBe('\u200eContact 3');
});

test('a search shows section rows without a cell frame, and finds a number that is not in the address book', async () => {
  await lab.post('/peers', { number: numberOf(1), name: 'Unsaved', saved: false });
  await lab.post('/incoming', { to: anna, from: bert, text: 'hi' });
  await link(lab, tab.page);
  const search = tab.page.locator('input[data-tab="3"]');
  await search.click();
  await tab.page.keyboard.type('ber');
  await soon(() => tab.page.locator('#pane-side [role="row"]').count()).toBe(2);
  expect(await rows().count()).toBe(1);
  await tab.page.keyboard.press('Escape');
  await tab.page.keyboard.type(`+${numberOf(1)}`);
  await tab.page.locator('#pane-side', { hasText: 'Not in your contacts' }).waitFor();
  await rows().click();
  expect(await tab.page.locator('#main header span[title]').getAttribute('title')).toMatch(/^\u202a\+44.*\u202c$/);
});

test('a human’s draft stands in the composer, and what a script writes into it does not stay', async () => {
  await lab.post('/draft', { number: anna, peer: bert, text: 'half a thou' });
  await link(lab, tab.page);
  await openChat(tab.page, 'Bert');
  await soon(() => composer(tab.page).textContent()).toBe('half a thou');
  await composer(tab.page).evaluate((element) => {
    element.innerHTML = '<p>not typed</p>';
  });
  await soon(() => composer(tab.page).textContent()).toBe('half a thou');
  await lab.post('/draft', { number: anna, peer: bert, text: 'half a thought' });
  await soon(() => composer(tab.page).textContent()).toBe('half a thought');
  await tab.page.keyboard.press('Control+A');
  await tab.page.keyboard.press('Backspace');
  await tab.page.keyboard.insertText('inserted');
  expect(await composer(tab.page).textContent()).toBe('inserted');
});

test('a deep link opens the chat with its text, and says when a number is none', async () => {
  await link(lab, tab.page);
  await tab.page.goto(`${lab.url}/send?phone=${bert}&text=hello%20there`);
  await soon(() => composer(tab.page).textContent()).toBe('hello there');
  await tab.page.locator('#main header').locator('[role="button"]').click();
  await soon(() => tab.page.locator('[data-testid="drawer-right"]').textContent()).toMatch(/\+49 151 10000002/);
  await tab.page.goto(`${lab.url}/send?phone=12025550100`);
  await tab.page.locator('[role="dialog"]', { hasText: 'invalid' }).locator('[data-testid="popup-controls-ok"]').click();
  expect(await composer(tab.page).count()).toBe(0);
});

test('a lookup that hangs stays at "Starting chat"', async () => {
  await link(lab, tab.page);
  await lab.post('/faults', { number: anna, faults: { hangLookups: 1 } });
  await tab.page.goto(`${lab.url}/send?phone=${bert}`);
  await tab.page.locator('[role="dialog"]', { hasText: 'Starting chat' }).waitFor();
  await tab.page.goto(`${lab.url}/send?phone=${bert}`);
  await composer(tab.page).waitFor();
});

test('a long history comes page by page, and what is far from the viewport is a placeholder', async () => {
  await lab.post('/incoming', { to: anna, from: bert, text: 'number', times: 130 });
  await link(lab, tab.page);
  await openChat(tab.page, 'Bert');
  await soon(() => bubbles(tab.page).count()).toBe(40);
  expect(await tab.page.locator('#main [data-virtualized="true"]').count()).toBeGreaterThan(5);
  expect(await bubbles(tab.page).last().textContent()).toContain('number 130');
  const list = tab.page.locator('[data-testid="conversation-panel-messages"]');
  await soon(async () => {
    await list.evaluate((element) => element.scrollTo({ top: 0 }));
    return bubbles(tab.page).count();
  }).toBe(130);
  await soon(() => bubbles(tab.page).first().textContent()).toContain('number 1');
});

test('the news dialog covers the list until it is closed, and a phone that is off shows in the butterbar', async () => {
  await lab.post('/accounts', { number: anna, name: 'Anna', showsNews: true });
  await link(lab, tab.page);
  await tab.page.locator('[role="dialog"] button[aria-label="Close"]').click();
  const bar = tab.page.locator('[data-testid="chat-butterbar"]');
  expect((await bar.boundingBox())?.height).toBe(0);
  await lab.post('/faults', { number: anna, faults: { connection: 'phone_offline' } });
  await bar.locator('[data-icon="alert-phone"]').waitFor();
  expect((await bar.boundingBox())?.height).toBeGreaterThan(8);
});

test('a frozen account answers when it thaws', async () => {
  await link(lab, tab.page);
  await lab.post('/faults', { number: anna, faults: { isFrozen: true } });
  await lab.post('/incoming', { to: anna, from: bert, text: 'late' });
  await lab.post('/faults', { number: anna, faults: { isFrozen: false } });
  await soon(() => rows().count()).toBe(1);
  await ready(tab.page);
});
