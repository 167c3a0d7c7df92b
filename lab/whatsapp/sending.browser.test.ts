import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Message } from './model.ts';
import type { LabUnderTest, Tab } from './testing/linked-browser.ts';
import {
  anna,
  bert,
  bubbles,
  composer,
  link,
  newestTick,
  openBrowser,
  openChat,
  openLab,
  ready,
  removeFolder,
  soon,
  write,
} from './testing/linked-browser.ts';

let lab: LabUnderTest;
let tab: Tab;
const cara = '447700900001';
beforeEach(async () => {
  lab = await openLab();
  await lab.post('/peers', { number: cara, name: 'Cara', deliveredAfterMs: 200, readsAfterMs: 500, repliesWith: 'Thanks 👍', replyAfterMs: 600 });
  tab = await openBrowser();
  await link(lab, tab.page);
});
afterEach(async () => {
  await tab.close();
  await removeFolder(tab.folder);
  await lab.close();
});
const stored = async () => (await lab.get<{ messages: Message[] }>('/messages?via=web')).messages;
const reload = async () => {
  await tab.page.goto(lab.url);
  await ready(tab.page);
};

test('a message climbs from pending to read, blue by colour only, and its answer comes in', async () => {
  const { page } = tab;
  await lab.post('/faults', { number: anna, faults: { latencyMs: 150 } });
  await openChat(page, 'Cara');
  await composer(page).click();
  await page.keyboard.type('Hello', { delay: 30 });
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.type('Cara');
  expect(await page.locator('[data-testid="compose-btn-send"]').count()).toBe(1);
  const seen = page.evaluate(
    () =>
      new Promise<string[]>((done) => {
        const labels: string[] = [];
        const look = () => {
          const tick = document.querySelector('#main [data-testid^="conv-msg-"] [data-testid="msg-meta"] [aria-label]');
          if (!tick) return;
          const now = [tick.getAttribute('aria-label')?.trim(), tick.querySelector('title')?.textContent, getComputedStyle(tick).color].join(' ');
          if (labels.at(-1) !== now) labels.push(now);
          if (now.startsWith('Read')) done(labels);
        };
        new MutationObserver(look).observe(document.body, { subtree: true, childList: true });
      }),
  );
  await page.keyboard.press('Enter');
  const grey = 'rgba(0, 0, 0, 0.6)';
  expect(await seen).toEqual([
    `Pending ic-schedule ${grey}`,
    `Sent wds-ic-delivered ${grey}`,
    `Delivered wds-ic-read ${grey}`,
    'Read wds-ic-read rgb(0, 123, 252)',
  ]);
  await soon(() => bubbles(page).count()).toBe(2);
  expect(await bubbles(page).last().locator('img').getAttribute('alt')).toBe('👍');
  const [message] = await stored();
  expect(message).toMatchObject({ from: anna, to: cara, text: 'Hello\nCara', status: 'read', resends: 0 });
  expect(await bubbles(page).first().getAttribute('data-id')).toBe(message?.id);
  expect(message?.keys).toHaveLength('Hello'.length + 1 + 'Cara'.length + 1);
});

test('what lies in the outbox when the browser is killed is sent at the next load, once', async () => {
  await tab.close();
  tab = await openBrowser({ folder: tab.folder });
  await reload();
  await openChat(tab.page, 'Cara');
  await lab.post('/faults', { number: anna, faults: { connection: 'computer_offline' } });
  await tab.page.locator('[data-testid="chat-butterbar"] [data-icon="alert-computer"]').waitFor();
  await write(tab.page, 'sent later');
  expect(await newestTick(tab.page)).toBe('Pending');
  const id = await bubbles(tab.page).last().getAttribute('data-id');
  await soon(() => tab.page.evaluate(outboxSize)).toBe(1);
  await tab.kill();
  tab = await openBrowser({ folder: tab.folder });
  await reload();
  await openChat(tab.page, 'Cara');
  expect(await newestTick(tab.page)).toBe('Pending');
  expect(await stored()).toHaveLength(0);
  await lab.post('/faults/clear', { number: anna });
  await soon(() => newestTick(tab.page)).toBe('Read');
  expect((await stored()).map((message) => message.id)).toEqual([id]);
});

test('a message whose acknowledgement got lost stays pending, and its second sending is stored once', async () => {
  await lab.post('/faults', { number: anna, faults: { dropAcksNext: 1 } });
  await openChat(tab.page, 'Cara');
  await write(tab.page, 'once');
  await soon(async () => (await stored())[0]?.status).toBe('read');
  expect(await newestTickOf('once')).toBe('Pending');
  await reload();
  await openChat(tab.page, 'Cara');
  await soon(() => newestTickOf('once')).toBe('Read');
  expect(await stored()).toMatchObject([{ text: 'once', resends: 1 }]);
  expect(await lab.get('/counts')).toMatchObject({ sentByWeb: 1, resends: 1, duplicates: [] });
});

test('a refused send shows the fail icon and is not sent again', async () => {
  await lab.post('/faults', { number: anna, faults: { failNext: 1 } });
  await openChat(tab.page, 'Cara');
  await write(tab.page, 'refused');
  await soon(() => bubbles(tab.page).last().locator('svg title').textContent()).toContain('fail');
  await reload();
  await openChat(tab.page, 'Cara');
  await soon(() => bubbles(tab.page).last().locator('svg title').textContent()).toContain('fail');
  expect(await stored()).toHaveLength(0);
});

test('a restricted account cannot start chats but can go on in those it has', async () => {
  await lab.post('/incoming', { to: anna, from: bert, text: 'hi' });
  await lab.post('/restrict', { number: anna, until: Date.now() + 3_600_000 });
  await openChat(tab.page, 'Cara');
  await tab.page.locator('[data-testid="block-message"] > [data-testid="reachout-timelock-compose-bar"]').waitFor();
  expect(await composer(tab.page).count()).toBe(0);
  await tab.page.locator('[data-testid="popup-controls-ok"]').click();
  await openChat(tab.page, 'Bert');
  await write(tab.page, 'still here');
  await soon(async () => (await stored()).length).toBe(1);
});

test('two phones of the lab write to each other', async () => {
  await openChat(tab.page, 'Bert');
  await write(tab.page, 'Hello Bert');
  await soon(() => newestTick(tab.page)).toBe('Delivered');
  await lab.post('/read', { number: bert, peer: anna });
  await soon(() => newestTick(tab.page)).toBe('Read');
  await lab.post('/outgoing', { from: bert, to: anna, text: 'Hello Anna' });
  await soon(() => bubbles(tab.page).last().locator('[data-testid="selectable-text"]').textContent()).toBe('Hello Anna');
});

test('another chat takes the place of the open one when the swap is armed', async () => {
  await openChat(tab.page, 'Cara');
  await lab.post('/swap', { number: anna, to: bert, at: 'typed', afterMs: 50 });
  await composer(tab.page).click();
  // One key after the text: between many, a busy machine could rest as long as the swap waits.
  await tab.page.keyboard.insertText('for Cara onl');
  expect((await composer(tab.page).textContent())?.trim()).toBe('for Cara onl');
  await tab.page.keyboard.press('y');
  await tab.page.locator('#main header span[title]').filter({ hasText: 'Bert' }).waitFor();
  expect((await composer(tab.page).textContent())?.trim()).toBe('');
});

async function newestTickOf(text: string): Promise<string> {
  const label = await bubbles(tab.page).filter({ hasText: text }).locator('[data-testid="msg-meta"] [aria-label]').getAttribute('aria-label');
  return (label ?? '').trim();
}

function outboxSize(): Promise<number> {
  return new Promise((done) => {
    const request = indexedDB.open('wawc');
    request.onsuccess = () => {
      const count = request.result.transaction('outbox').objectStore('outbox').count();
      count.onsuccess = () => done(count.result);
    };
  });
}
