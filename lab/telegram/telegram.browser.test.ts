import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import jsqr from 'jsqr';
import { type BrowserContext, chromium, type Page } from 'playwright';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testBrowser } from '#browser-profiles/testing/test-browser.ts';
import { startTelegramLab, type TelegramLab } from './site.ts';

const me = '500';
const phone = '15550001002';
const anna = '1007';
const news = '-1001234567';
let lab: TelegramLab;
let folder: string;
let context: BrowserContext;
let page: Page;

const post = async (path: string, body: object): Promise<Record<string, unknown>> =>
  (await fetch(`${lab.control}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })).json();
const get = async <T>(path: string): Promise<T> => (await fetch(`${lab.control}${path}`)).json();
const soon = <T>(look: () => T) => expect.poll(look, { timeout: 20_000, interval: 50 });
const launch = async () => {
  context = await chromium.launchPersistentContext(folder, { ...testBrowser(), locale: 'en-GB', viewport: { width: 1280, height: 800 } });
  context.setDefaultTimeout(20_000);
  page = context.pages()[0] ?? (await context.newPage());
};

beforeAll(async () => {
  lab = await startTelegramLab({ settings: { syncMs: 20, qrAppearsAfterMs: 10 } });
  await post('/accounts', { id: me, phone, name: 'Shop', username: 'the_shop' });
  await post('/peers', [
    { id: anna, name: 'Anna', username: 'anna', phone: '15550001007' },
    { id: '1008', name: 'Bert', username: 'bert_b' },
    { id: news, name: 'News', username: 'news_channel' },
  ]);
  folder = await mkdtemp(join(tmpdir(), 'patchbay-telegram-'));
  await launch();
});
afterAll(async () => {
  await context.close();
  await lab.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

const shown = async (): Promise<string | null> => {
  const { data, width, height } = PNG.sync.read(await page.screenshot());
  return jsqr.default(new Uint8ClampedArray(data), width, height)?.data ?? null;
};
const label = (form: string) => page.locator(`${form} .input-group.error label`);
/** The slides of the status at the moment when one shows "pending". */
const slidesUntilPending = (element: Element) =>
  new Promise<string[]>((done) => {
    const look = () => {
      const icons = [...document.querySelectorAll('.Message.own .MessageOutgoingStatus i')];
      const slides = icons.map((icon) => `${icon.parentElement?.className.split('-').at(-1)} ${icon.className.split('-').at(-1)}`);
      if (slides.some((slide) => slide.endsWith('pending'))) done(slides);
    };
    new MutationObserver(look).observe(element.closest('.MessageList') ?? element, { subtree: true, childList: true });
    look();
  });
const message = (text: string) => page.locator('.MessageList .Message', { hasText: text });

test('the QR is redrawn when its life is over, is decodable under the logo, and nothing of it stands in the DOM', async () => {
  await post('/settings', { qrMs: 400 });
  await page.goto(lab.url);
  const picture = () => page.locator('#auth-qr-form .qr-container > svg').innerHTML();
  const first = await picture();
  await soon(picture).not.toBe(first);
  await post('/settings', { qrMs: 60_000 });
  await soon(shown).toMatch(/^tg:\/\/login\?token=[\w-]{43}$/);
  expect(await page.content()).not.toMatch(/token|data-ref/);
  expect(await page.locator('#auth-qr-form').innerHTML()).not.toContain('_qrSvg');
});

test('a phone number typed key by key has its country code twice; one filled at once has not; errors become the label', async () => {
  await page.locator('#auth-qr-form button.auth-button', { hasText: 'phone number' }).click();
  const field = page.locator('#sign-in-phone-number');
  await field.fill('');
  await field.pressSequentially('+15550001002');
  expect(await field.inputValue()).toBe('+1 155 500 01002');
  await field.fill('+155500');
  expect(await page.locator('#auth-phone-number-form button[type=submit]').count()).toBe(0);
  await field.fill('+15550009999');
  expect(await field.inputValue()).toBe('+1 555 000 9999');
  await page.locator('#auth-phone-number-form button[type=submit]').click();
  await soon(() => label('#auth-phone-number-form').textContent()).toBe('Invalid phone number, please try again');
  for (const [phoneError, text] of [
    ['FLOOD_WAIT_86400', 'Too many attempts, please try again in 1 day'],
    ['PHONE_NUMBER_FLOOD', 'Unexpected error: RPCError 400: PHONE_NUMBER_FLOOD (caused by auth.SendCode)'],
  ]) {
    await post('/faults', { account: me, faults: { phoneError } });
    await field.fill(`+${phone}`);
    await page.locator('#auth-phone-number-form button[type=submit]').click();
    await soon(() => label('#auth-phone-number-form').textContent()).toBe(text);
  }
  await post('/faults/clear', {});
});

test('code and cloud password: five digits submit by themselves, each wrong one is the label', async () => {
  await post('/accounts', { id: me, phone, name: 'Shop', username: 'the_shop', password: 'cloud' });
  await page.locator('#sign-in-phone-number').fill(`+${phone}`);
  await page.locator('#auth-phone-number-form button[type=submit]').click();
  await page.locator('#sign-in-code').fill('00000');
  await soon(() => label('#auth-code-form').textContent()).toBe('Invalid code, please try again');
  await page.locator('#sign-in-code').fill((await get<{ code: string }>(`/code?account=${me}`)).code);
  await page.locator('#sign-in-password').fill('wrong');
  await page.locator('#auth-password-form button[type=submit]').click();
  await soon(() => label('#auth-password-form').textContent()).toBe('Invalid password, please try again');
  await page.locator('#sign-in-password').fill('cloud');
  await page.locator('#auth-password-form button[type=submit]').click();
  await page.locator('#telegram-search-input').waitFor();
  const kept = await page.evaluate(() => Object.keys(localStorage).sort());
  expect(kept).toEqual(['account1', 'dc', 'dc2_auth_key', 'tt-multitab_1', 'user_auth']);
});

test('the list is in order by style.top only, and a search finds the same person twice', async () => {
  for (const [peer, text] of [
    [anna, 'first'],
    ['1008', 'second'],
    [anna, 'third'],
  ])
    await post('/incoming', { account: me, peer, text });
  const items = page.locator('.chat-list .ListItem.chat-item-clickable a.ListItem-button');
  await soon(() => items.count()).toBe(2);
  const top = (id: string) => page.locator(`.chat-list .ListItem:has([data-peer-id="${id}"])`).evaluate((item) => (item as HTMLElement).style.top);
  await soon(() => top(anna)).toBe('0px');
  expect(await top('1008')).toBe('72px');
  expect(await page.locator(`.ListItem:has([data-peer-id="${anna}"]) .chat-badge-transition`).textContent()).toBe('2');
  await page.locator('#telegram-search-input').fill('anna');
  await soon(() => page.locator(`.search-result .Avatar[data-peer-id="${anna}"]`).count()).toBe(2);
  expect(await page.locator('.search-result .handle').allTextContents()).toEqual(['@anna']);
  await page.locator('#telegram-search-input').fill('');
});

test('an address opens a chat by id, by name and by phone; a bare @name and an unknown one show nothing', async () => {
  const open = async (hash: string) => {
    await page.goto('about:blank');
    await page.goto(`${lab.url}${hash}`);
    await page.locator('.chat-list .ListItem').first().waitFor();
  };
  const link = (words: string) => `#?tgaddr=${encodeURIComponent(`tg://resolve?${words}`)}`;
  for (const [hash, id] of [
    [`#${news}`, news],
    [link('domain=Anna'), anna],
    [link('phone=15550001007'), anna],
  ] as const) {
    await open(hash);
    await page.locator(`.MiddleHeader .Avatar[data-peer-id="${id}"]`).waitFor();
    expect(new URL(page.url()).hash).toBe(`#${id}`);
  }
  for (const hash of ['#@anna', link('domain=nobody_here')]) {
    await open(hash);
    // Nothing comes: the answer to a later question has come by then.
    await page.locator('#telegram-search-input').fill('bert_b');
    await page.locator('.search-result').first().waitFor();
    expect(await page.locator('.MiddleHeader, .Modal, .Notification').count()).toBe(0);
  }
});

test('a fresh message shows a tick under a local id, is pending after a second, and has its id when the server answers', async () => {
  await page.goto('about:blank');
  await page.goto(`${lab.url}#${anna}`);
  await post('/faults', { account: me, faults: { ackDelayMs: 2500 } });
  await message('third').waitFor();
  await page.locator('#editable-message-text').click();
  await page.keyboard.type('one');
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.type('two');
  await page.keyboard.press('Enter');
  const own = page.locator('.Message.own');
  expect(await own.getAttribute('data-message-id')).toMatch(/^\d+\.000001$/);
  expect(await own.locator('.icon-message-succeeded').count()).toBe(1);
  expect(await own.evaluate(slidesUntilPending)).toEqual(['from succeeded', 'to pending']);
  await soon(() => own.getAttribute('data-message-id')).toMatch(/^\d+$/);
  expect(await own.locator('.text-content br').count()).toBe(1);
  expect(await get(`/messages?account=${me}&via=web`)).toMatchObject({ messages: [{ text: 'one\ntwo', peer: anna }] });
});

test('a refused message keeps its local id, and nothing says why', async () => {
  await post('/faults', { account: me, faults: { ackDelayMs: 0, failNext: 1 } });
  await page.locator('#editable-message-text').click();
  await page.keyboard.type('refused');
  await page.keyboard.press('Enter');
  await message('refused').locator('.MessageOutgoingStatus--failed').waitFor();
  expect(await message('refused').getAttribute('data-message-id')).toContain('.');
  expect(await page.locator('.Modal, .Notification').count()).toBe(0);
});

test('a session outlives the browser; a second tab is inactive; a termination brings the QR back', async () => {
  await context.close();
  await launch();
  await page.goto(lab.url);
  await page.locator('.chat-list .ListItem').first().waitFor();
  const second = await context.newPage();
  await second.goto(lab.url);
  await second.locator('#AppInactive', { hasText: 'Many sessions' }).waitFor();
  await second.close();
  await post('/logout', { account: me });
  await page.locator('#auth-qr-form .qr-container > svg').waitFor();
  expect(await page.evaluate(() => Object.keys(localStorage))).toEqual(['tt-multitab_1']);
  expect(await post('/scan', { text: await shown(), account: me })).toEqual({ is: 'needs_password' });
  await page.locator('#auth-password-form').waitFor();
});
