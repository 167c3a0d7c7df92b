import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { startTestProduct, type TestProduct } from '#e2e/test-product.ts';

// A whole server and worker start here.
vi.setConfig({ hookTimeout: 120_000, testTimeout: 60_000 });

let product: TestProduct;
let listId: string;
let contactId: string;
let name = '';
beforeAll(async () => {
  product = await startTestProduct({ settings: { PUBLIC_URL: 'https://patchbay.example.test/' } });
  const { client } = product;
  await client.changeWorkspace({
    body: { name: 'Shop <b>of</b> Ann', settings: { quietHours: null, ceilings: { email: { perRecipientPerDay: 100 } } } },
  });
  await client.addTemplate({ body: { name: 'News', subject: 'News', body: 'Hello {{name}}. No more? {{unsubscribe_url}}' } });
});
afterAll(() => product[Symbol.asyncDispose]());
beforeEach(async () => {
  const { client } = product;
  name = randomUUID();
  listId = (await client.addList({ body: { name } })).id;
  contactId = (await client.addEntry({ params: { id: listId }, body: { name: 'Anna', email: `${name}@example.test` } })).id;
});

/** A campaign to the list of this test; answers how its deliveries ended, and the mail that went out. */
async function runCampaign() {
  const { client, catcher } = product;
  const [{ rows: templates }, { rows: accounts }] = [await client.listTemplates({}), await client.listMailAccounts({})];
  const body = { name: randomUUID(), templateId: templates[0]?.id ?? '', senderIds: [accounts[0]?.id ?? ''], audience: { listIds: [listId] } };
  const params = { id: (await client.addCampaign({ body })).id };
  await client.startCampaign({ params });
  await expect.poll(async () => (await client.readCampaign({ params })).state, { timeout: 30_000 }).toBe('finished');
  const { sent, skipped } = (await client.readCampaign({ params })).counts;
  return { sent, skipped, mail: (await catcher.messages({ to: `${name}@example.test`, limit: 1 }))[0] };
}
const outcome = async () => {
  const { sent, skipped } = await runCampaign();
  return { sent, skipped };
};
const pathIn = (header: string | undefined) => /^<https:\/\/patchbay\.example\.test(\/u\/[\w-]{86})>$/.exec(header ?? '')?.[1] ?? '';
const open = async (path: string, init: RequestInit = {}) => {
  const reply = await fetch(`${product.url}${path}`, { redirect: 'manual', ...init });
  return { status: reply.status, page: await reply.text(), headers: reply.headers };
};
const post = (path: string, body: BodyInit, headers: Record<string, string> = {}) => open(path, { method: 'POST', body, headers });
const link = async () => pathIn((await runCampaign()).mail?.headers['list-unsubscribe']);
const oneClick = new URLSearchParams({ 'List-Unsubscribe': 'One-Click' });
function multipart(): FormData {
  const form = new FormData();
  form.append('List-Unsubscribe', 'One-Click');
  return form;
}

test('a campaign’s mail says where to unsubscribe, in a header and in its text; an answer to a person does not', async () => {
  const { client, catcher } = product;
  const { mail } = await runCampaign();
  const { rows: templates } = await client.listTemplates({});
  expect(await client.previewTemplate({ body: { templateId: templates[0]?.id ?? '', contactId } })).toMatchObject({
    missing: [],
    text: expect.stringContaining('/u/EXAMPLE'),
  });
  const path = pathIn(mail?.headers['list-unsubscribe']);
  expect(mail?.headers['list-unsubscribe-post']).toBe('List-Unsubscribe=One-Click');
  expect(mail?.text).toContain(`No more? https://patchbay.example.test${path}`);
  const { rows } = await client.listConversations({ query: {} });
  const conversation = rows.find((one) => one.contactId === contactId);
  await client.replyTo({ params: { id: conversation?.id ?? '' }, body: { text: 'See you.', clientKey: randomUUID() } });
  await expect.poll(async () => (await catcher.messages({ to: `${name}@example.test` })).length, { timeout: 30_000 }).toBe(2);
  const [reply] = await catcher.messages({ to: `${name}@example.test`, limit: 1 });
  expect(reply?.headers['list-unsubscribe']).toBeUndefined();
});

test('looking never unsubscribes; one POST without cookies, sign-in or redirect does, and it holds for the next campaign', async () => {
  const path = await link();
  for (const method of ['GET', 'HEAD']) expect(await open(path, { method })).toMatchObject({ status: 200 });
  const { page, headers } = await open(path, { headers: { accept: 'text/html' } });
  expect(page).toContain('Shop &lt;b&gt;of&lt;/b&gt; Ann');
  expect(page).not.toContain('@example.test');
  expect(headers.get('referrer-policy')).toBe('no-referrer');
  expect(await outcome()).toEqual({ sent: 1, skipped: 0 });
  expect(await post(path, oneClick)).toMatchObject({ status: 200 });
  expect(await outcome()).toEqual({ sent: 0, skipped: 1 });
  expect(await post(path, oneClick)).toMatchObject({ status: 200 });
  expect((await product.client.readContact({ params: { id: contactId } })).suppressedAt).not.toBeNull();
});

test.each<[string, () => BodyInit, Record<string, string>]>([
  ['as form data', multipart, {}],
  ['without a body', () => '', {}],
  ['with a body that cannot be read', () => 'x'.repeat(20_000), { 'content-type': 'application/x-www-form-urlencoded' }],
])('a POST %s unsubscribes too', async (_, body, headers) => {
  const path = await link();
  expect((await post(path, body(), headers)).status).toBe(200);
  expect(await outcome()).toEqual({ sent: 0, skipped: 1 });
});

test('a link that was changed is nobody’s, and other methods change nothing', async () => {
  const path = await link();
  const changed = `${path.slice(0, 10)}${path[10] === 'A' ? 'B' : 'A'}${path.slice(11)}`;
  for (const wrong of [changed, path.slice(0, -1), '/u/x']) expect((await post(wrong, oneClick)).status).toBe(404);
  for (const method of ['PUT', 'DELETE', 'PATCH']) expect((await open(path, { method })).status).toBe(405);
  expect(await outcome()).toEqual({ sent: 1, skipped: 0 });
});

test('a pause ends by itself, or at the link; who then unsubscribes stays unsubscribed', async () => {
  const path = await link();
  expect((await post(path, new URLSearchParams({ act: 'pause', days: '30' }))).page).toMatch(/until \w+ \d+, \d{4}/);
  expect(await outcome()).toEqual({ sent: 0, skipped: 1 });
  await post(path, new URLSearchParams({ act: 'resubscribe' }));
  expect(await outcome()).toEqual({ sent: 1, skipped: 0 });
  await post(path, new URLSearchParams({ act: 'pause', days: '90' }));
  await post(path, oneClick);
  const { page } = await open(path, { headers: { 'accept-language': 'ru' } });
  expect(page).toContain('Вы больше не получаете сообщений');
  expect(page).not.toContain('name="days"');
});

test('who refuses mail gets none, and what is planned by then does not go out', async () => {
  const path = await link();
  await product.client.addProfile({ body: { name: randomUUID(), channel: 'telegram-web' } });
  expect((await open(path)).page).toMatch(/value="email" checked.*value="telegram-web" checked/s);
  const { page } = await post(path, new URLSearchParams({ act: 'channels', keep: 'telegram-web' }));
  expect(page).toMatch(/value="email"> E-mail.*value="telegram-web" checked/s);
  expect(await outcome()).toEqual({ sent: 0, skipped: 1 });
  await post(
    path,
    new URLSearchParams([
      ['act', 'channels'],
      ['keep', 'telegram-web'],
      ['keep', 'email'],
    ]),
  );
  expect(await outcome()).toEqual({ sent: 1, skipped: 0 });
});
