import { cp } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LabUnderTest, Tab } from './testing/linked-browser.ts';
import { anna, bert, bubbles, link, openBrowser, openChat, openLab, qr, ready, removeFolder, soon, write } from './testing/linked-browser.ts';

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

test('a QR changes until its refs are used up, then a button inside it brings new ones', async () => {
  await lab.post('/settings', { qr: { firstMs: 150, nextMs: 100, refs: 3 } });
  const { page } = tab;
  // Watched from before the page loads: on a busy machine all of them are over before anybody could ask.
  await page.addInitScript(() => {
    const seen = new Set<string>();
    Object.assign(window, { seen });
    const look = () => seen.add(document.querySelector('[data-ref]')?.getAttribute('data-ref') ?? '');
    new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
  });
  await page.goto(lab.url);
  await qr(page).locator('button').waitFor();
  const refs = await page.evaluate(() => [...(window as unknown as { seen: Set<string> }).seen].filter(Boolean)); // Set above.
  expect(refs).toHaveLength(3);
  expect(refs[0]?.split(',')).toHaveLength(5);
  expect(await lab.post('/scan', { ref: refs[2], number: anna })).toMatchObject({ is: 'refused', why: 'qr_unknown_or_expired' });
  await lab.post('/settings', { qr: { firstMs: 60_000 } });
  await qr(page).locator('button').click();
  await soon(() => qr(page).getAttribute('data-ref')).not.toBe(refs[2]);
  const fresh = await qr(page).getAttribute('data-ref');
  expect(await lab.post('/scan', { ref: `https://wa.me/settings/linked_devices#${fresh}`, number: anna })).toMatchObject({ is: 'linked' });
  await ready(page);
  expect(await page.evaluate(() => localStorage.getItem('last-wid-md'))).toContain(anna);
});

test('a phone links a browser by the eight characters of a pairing code', async () => {
  const { page } = tab;
  await page.goto(lab.url);
  await page.locator('[data-testid="link-device-qrcode-alt-linking-hint"]').click();
  await page.locator('input[aria-label="Type your phone number."]').fill(`+${anna}`);
  await page.locator('[data-testid="link-device-phone-number-entry-next-button"]').click();
  const code = await page.locator('[data-link-code]').getAttribute('data-link-code');
  expect(code).toMatch(/^([A-Z0-9],){7}[A-Z0-9]$/);
  expect(await lab.post('/enter-code', { code, number: bert })).toMatchObject({ is: 'refused' });
  expect(await lab.post('/enter-code', { code, number: anna })).toMatchObject({ is: 'linked' });
  await ready(page);
});

test('linking waits for the passkey when the account asks for one', async () => {
  await lab.post('/accounts', { number: anna, name: 'Anna', asksPasskey: true });
  const { page } = tab;
  await page.goto(lab.url);
  expect(await lab.post('/scan', { ref: await qr(page).getAttribute('data-ref'), number: anna })).toEqual({ is: 'passkey' });
  await soon(() => page.locator('#app').textContent()).toContain('passkey');
  expect(await page.locator('[data-ref], #pane-side').count()).toBe(0);
  expect(await lab.post('/passkey', { number: anna })).toMatchObject({ is: 'linked' });
  await ready(page);
});

test('the phone page links a browser from a screenshot of its QR', async () => {
  await tab.page.goto(lab.url);
  const picture = await qr(tab.page).screenshot();
  const phone = await tab.context.newPage();
  await phone.goto(`${lab.phones}/${anna}#devices`);
  await phone.locator('input[type="file"]').setInputFiles({ name: 'qr.png', mimeType: 'image/png', buffer: picture });
  await ready(tab.page);
  await phone.locator('li button', { hasText: 'Log out' }).click();
  await tab.page.waitForURL(/post_logout=1/);
});

test('a session survives a restart of the browser, and a log-out at the phone ends it', async () => {
  await link(lab, tab.page);
  await tab.close();
  tab = await openBrowser({ folder: tab.folder });
  await tab.page.goto(lab.url);
  await ready(tab.page);
  await lab.post('/logout', { number: anna });
  await tab.page.waitForURL(/post_logout=1/);
  await qr(tab.page).waitFor();
  expect(await tab.page.evaluate(() => [localStorage.getItem('last-wid-md'), localStorage.getItem('old-logout-cred')])).toEqual([null, '1']);
});

test('without "Stay logged in" the session ends with the browser', async () => {
  await tab.page.goto(lab.url);
  await tab.page.locator('#auto-logout-toggle').uncheck();
  await lab.post('/scan', { ref: await qr(tab.page).getAttribute('data-ref'), number: anna });
  await ready(tab.page);
  await tab.close();
  tab = await openBrowser({ folder: tab.folder });
  await tab.page.goto(lab.url);
  await qr(tab.page).waitFor();
});

test('a session restored 15 messages back goes on, one restored 25 back is logged out', async () => {
  await link(lab, tab.page);
  await tab.close();
  const copy = `${tab.folder}-copy`;
  const runSince = async (messages: number) => {
    await cp(tab.folder, copy, { recursive: true });
    tab = await openBrowser({ folder: tab.folder });
    await tab.page.goto(lab.url);
    await ready(tab.page);
    await lab.post('/incoming', { to: anna, from: bert, text: 'news', times: messages });
    await soon(async () => (await devices())[0]).toMatchObject({ backlog: 0 });
    await tab.close();
    await removeFolder(tab.folder);
    await cp(copy, tab.folder, { recursive: true });
    await removeFolder(copy);
    tab = await openBrowser({ folder: tab.folder });
    await tab.page.goto(lab.url);
  };
  const devices = async () => (await lab.get<{ devices: { backlog: number; loggedOutBecause: string | null }[] }>('/devices')).devices;
  await runSince(15);
  await openChat(tab.page, 'Bert');
  await soon(() => bubbles(tab.page).count()).toBe(15);
  await tab.close();
  await runSince(25);
  await tab.page.waitForURL(/post_logout=1/);
  expect((await devices())[0]?.loggedOutBecause).toBe('session_too_old');
});

test('a second tab asks before it takes the account over', async () => {
  await link(lab, tab.page);
  const second = await tab.context.newPage();
  await second.goto(lab.url);
  await second.locator('[role="dialog"] [data-testid="popup-controls-ok"]').click();
  await ready(second);
  await tab.page.locator('[role="dialog"]', { hasText: 'open in another window' }).waitFor();
  await openChat(second, 'Bert');
  await write(second, 'from the second tab');
  await soon(async () => (await lab.get<{ sentByWeb: number }>('/counts')).sentByWeb).toBe(1);
});

test('a browser that calls itself headless is not supported', async () => {
  const headless = await openBrowser({ userAgent: 'Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/156.0.0.0' });
  await headless.page.goto(lab.url);
  expect(await headless.page.locator('.landing-title').textContent()).toContain('Google Chrome');
  expect(await headless.page.locator('#app').count()).toBe(0);
  await headless.close();
  await removeFolder(headless.folder);
});
