import { expect, type Page, test } from '@playwright/test';
import { signUp } from '#bin/demo/http-client.ts';
import { shopPhones } from '#bin/demo/people.ts';
import { signInProfiles } from '#bin/demo/sign-in-profiles.ts';
import type { Client } from '#core/api/client.ts';
import { expectAccessible } from '#e2e/expect-accessible.ts';
import { readCode } from '#e2e/read-code.ts';
import { signedInPage } from '#e2e/signed-in-page.ts';
import { startWholeProduct, type WholeProduct } from '#e2e/whole-product.ts';
import { tell } from '#lab/tell.ts';
import { messagesBetween } from '#lab/whatsapp/truth.ts';

const anna = { email: 'anna@example.test', password: 'four green lamps at sea', name: 'Anna', workspace: 'Shop', zone: 'UTC' };
const ben = { email: 'ben@example.test', username: 'ben', name: 'Ben', role: 'operator', password: 'four green lamps at sea' } as const;
const [shop] = shopPhones;
const customer = '491713920000';

test.describe.configure({ mode: 'serial' });

let product: WholeProduct;
let client: Client;
let profileId: string;
let [first, second]: Page[] = [];
const complaints: string[] = [];

test.beforeAll(async ({ browser }) => {
  test.setTimeout(180_000);
  product = await startWholeProduct();
  client = await signUp(product.url, anna);
  await client.changeWorkspace({ body: { settings: { quietHours: null, pace: { mode: 'compressed', speed: 30 } } } });
  await client.addPerson({ body: ben });
  const profile = await client.addProfile({ body: { channel: 'whatsapp-web', name: 'Front desk', baseUrl: product.lab.whatsapp.url } });
  profileId = profile.id;
  await control('accounts', { number: customer, name: 'Carla', saved: true });
  const seeded = { profileIds: [profileId], converseId: null, mailId: '', campaignId: '', listId: '', rejected: 0 };
  await signInProfiles({ client, lab: product.lab, say: () => undefined, signal: AbortSignal.timeout(120_000) }, seeded);
  first = await signedInPage(browser, product.url, { ...anna, complaints });
  second = await signedInPage(browser, product.url, { ...ben, complaints });
});
test.afterAll(async () => {
  for (const page of [first, second]) await page?.context().close();
  await product?.[Symbol.asyncDispose]();
});

const control = (path: string, body: object) => tell(`${product.lab.whatsapp.control}/${path}`, body);
const [anyone, another] = [() => first as Page, () => second as Page];
const picture = (page: Page) => page.getByRole('img', { name: 'What the browser of Front desk shows' });
const held = (page: Page) => page.getByRole('timer');
const arrived = () =>
  messagesBetween(product.lab.whatsapp.lab, { account: shop.number, peer: customer })
    .filter((message) => message.from === shop.number)
    .map((message) => message.text);

test('a tile that nobody can see is not asked for', async () => {
  const asked: string[][] = [];
  const page = await anyone().context().newPage();
  page.on('websocket', (socket) =>
    socket.on('framesent', ({ payload }) => {
      const said = JSON.parse(String(payload));
      if (said.type === 'watch') asked.push(said.profileIds);
    }),
  );
  await page.goto(`${product.url}/wall`);
  await expect.poll(() => asked.at(-1)).toEqual([profileId]);
  await page.goto(`${product.url}/wall?search=somebody+else`);
  await expect(page.getByText('No profile fits these filters.')).toBeVisible();
  await page.getByRole('button', { name: 'Show all profiles' }).click();
  await expect.poll(() => asked.at(-1)).toEqual([profileId]);
  await page.getByLabel('Search', { exact: true }).fill('somebody else');
  await expect.poll(() => asked.at(-1)).toEqual([]);
  await page.close();
});

test('two people ask for control at once: one has it, the other watches and reads who has it', async () => {
  for (const page of [anyone(), another()]) {
    await page.goto(`${product.url}/profiles/${profileId}/live`);
    await expect(picture(page)).toBeVisible();
  }
  await expectAccessible(anyone(), 'the live view, watched');
  await Promise.all([anyone(), another()].map((page) => page.getByRole('button', { name: 'Take control' }).click()));
  await expect.poll(async () => (await held(anyone()).count()) + (await held(another()).count())).toBe(1);
  if ((await held(anyone()).count()) === 0) [first, second] = [second as Page, first as Page];
  await expect(
    another()
      .getByText(/controls this profile/)
      .first(),
  ).toBeVisible();
  await expectAccessible(anyone(), 'the live view, controlled');
});

test('what the holder clicks, types and pastes reaches the page, while what was planned waits', async () => {
  await control('incoming', { to: shop.number, from: customer, text: 'Are you open?' });
  const { deliveryId } = await client.sendFromProfile({ params: { id: profileId }, body: { to: `+${customer}`, text: 'From the script' } });
  const planned = async () => (await client.listLogs({ query: { accountId: profileId } })).rows.find((row) => row.id === deliveryId);
  const why = async () => (await client.readProfile({ params: { id: profileId } })).waitReason;
  await expect.poll(why).toBe('controlled');
  const area = await picture(anyone()).boundingBox();
  if (!area) throw new Error('There is no picture');
  const click = (x: number, y: number) => anyone().mouse.click(area.x + (x / 1280) * area.width, area.y + (y / 800) * area.height);
  // The only chat, then the field to write in: a person would look where they are.
  await click(200, 140);
  await click(850, 765);
  await anyone().keyboard.type('By hand, ');
  await anyone().evaluate(() => {
    const data = new DataTransfer();
    data.setData('text/plain', 'pasted Привет');
    document.activeElement?.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true }));
  });
  await anyone().keyboard.press('Enter');
  await expect.poll(arrived).toEqual(['By hand, pasted Привет']);
  expect(await planned()).toMatchObject({ state: expect.stringMatching(/planned|claimed/) });
  await anyone().keyboard.press('Escape');
  await expect(held(anyone())).toHaveCount(0);
  await expect.poll(arrived).toEqual(['By hand, pasted Привет', 'From the script']);
});

test('the audit says who had the page and how many inputs, never what was typed; a closed window gives back at once', async () => {
  const ends = async () => (await client.listAudit({ query: {} })).rows.filter((row) => row.subjectId === profileId && row.action === 'endControl');
  const [end] = await ends();
  expect(end?.detail).toMatchObject({ why: 'given_back', goOn: 'restart' });
  expect(Number(end?.detail.inputs)).toBeGreaterThan('By hand, '.length);
  expect(JSON.stringify(await ends())).not.toContain('By hand');
  await another().getByRole('button', { name: 'Take control' }).click();
  await expect(held(another())).toBeVisible();
  await another().close();
  await expect.poll(async () => (await ends())[0]?.detail.why).toBe('connection_lost');
  await expect(anyone().getByRole('button', { name: 'Take control' })).toBeEnabled();
  expect(complaints).toEqual([]);
});

test('the owner of a phone gets one code by a link, once', async ({ browser }) => {
  const { id } = await client.addProfile({ body: { channel: 'whatsapp-web', name: 'Repairs', baseUrl: product.lab.whatsapp.url } });
  const { address } = await client.addLoginLink({ params: { id }, body: {} });
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: 'en-GB' });
  const phone = await context.newPage();
  await phone.goto(`${product.url}${address}`);
  await phone.getByRole('button', { name: 'Show the code' }).click();
  const code = phone.getByRole('img', { name: 'Code to scan with the phone' });
  await expect(code).toBeVisible({ timeout: 60_000 });
  await expectAccessible(phone, 'the page for the owner of a phone');
  await expect(phone.getByText(/Repairs|Wall/)).toHaveCount(0);
  const number = shopPhones[1].number;
  await control('accounts', { ...shopPhones[1], saved: false });
  await control('scan', { ref: await readCode(code), number });
  await expect(phone.getByText('Your phone is linked.')).toBeVisible({ timeout: 60_000 });
  await phone.goto('about:blank');
  await phone.goto(`${product.url}${address}`);
  await phone.getByRole('button', { name: 'Show the code' }).click();
  await expect(phone.getByText('This link does not work any more')).toBeVisible();
  await context.close();
});
