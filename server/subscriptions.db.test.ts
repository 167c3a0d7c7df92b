import { randomUUID } from 'node:crypto';
import { strFromU8, unzipSync } from 'fflate';
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

const linkIn = (text: string | null | undefined) => /https:\/\/patchbay\.example\.test(\/c\/[\w-]{64})/.exec(text ?? '')?.[1] ?? '';
const newestMail = async () => (await product.catcher.messages({ to: `${name}@example.test`, limit: 1 }))[0];

test('a list that asks mails a link; looking at it changes nothing, its button makes somebody a recipient, with what shows it', async () => {
  const { client } = product;
  const optIn = () => client.readOptIn({ params: { id: contactId } });
  const askOne = () => client.askContactToConfirm({ params: { id: contactId }, body: { listId } });
  await expect(askOne()).rejects.toMatchObject({ code: 'wrong_state', message: expect.stringContaining('asks nobody') });
  await client.changeList({ params: { id: listId }, body: { doubleOptIn: true, confirmLanguage: 'ru' } });
  expect(await optIn()).toMatchObject({ state: 'unasked', lists: [{ id: listId, doubleOptIn: true }] });
  expect(await askOne()).toMatchObject({ state: 'waiting', address: `${name}@example.test`, sends: 1, againAt: expect.any(String) });
  await expect(askOne()).rejects.toMatchObject({ code: 'too_many_requests' });
  expect(await client.askToConfirm({ params: { id: listId }, body: {} })).toEqual({ asked: 0, hasMore: false });
  // Another list that asks takes them in too, and does not ask twice.
  const other = await client.addList({ body: { name: 'Others' } });
  await client.changeList({ params: { id: other.id }, body: { doubleOptIn: true } });
  await client.addEntry({ params: { id: other.id }, body: { email: `${name}@example.test` } });
  await expect.poll(async () => linkIn((await newestMail())?.text), { timeout: 30_000 }).not.toBe('');
  const mail = await newestMail();
  expect(mail?.subject).toContain('Shop <b>of</b> Ann');
  const path = linkIn(mail?.text);
  expect((await open(path)).page).toContain(`${name}@example.test`);
  expect(await outcome()).toEqual({ sent: 0, skipped: 1 });
  expect((await post(path, '')).page).toContain('role="status"');
  expect((await post(path, '')).page).toContain('done already');
  expect(await optIn()).toMatchObject({ state: 'confirmed' });
  await expect(askOne()).rejects.toMatchObject({ code: 'wrong_state' });
  expect(await outcome()).toEqual({ sent: 1, skipped: 0 });
  const { rows } = await client.listConsents({ params: { id: contactId }, query: {} });
  expect(rows).toMatchObject([
    {
      state: 'given',
      channel: 'email',
      purpose: 'marketing',
      source: 'confirmation',
      evidence: expect.stringMatching(/^confirmation .* pressed, from .*\d/),
    },
    { state: 'asked', channel: 'email', source: 'confirmation' },
  ]);
  expect((await open(path.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')))).status).toBe(404);
});

test('who asks for it at the link in a mail gets a link by mail to all that is known of them, and to have it erased, also after they said no', async () => {
  const { client } = product;
  const preferences = await link();
  await post(preferences, oneClick);
  expect((await open(preferences)).page).toContain('value="erase"');
  // A mail that did not go out does not count as asked.
  product.catcher.setFaults({ rejectRecipients: [{ pattern: `${name}@example.test`, code: 452, text: '4.2.2 Mailbox full', times: 1 }] });
  expect((await post(preferences, new URLSearchParams({ act: 'export' }))).status).toBe(502);
  expect((await post(preferences, new URLSearchParams({ act: 'export' }))).page).toContain('Look into your mailbox');
  expect((await post(preferences, new URLSearchParams({ act: 'export' }))).page).toContain('a short while ago');
  const copy = await fetch(`${product.url}${linkIn((await newestMail())?.text)}`, { method: 'POST' });
  const files = unzipSync(new Uint8Array(await copy.arrayBuffer()));
  const texts = Object.fromEntries(Object.entries(files).map(([file, bytes]) => [file, JSON.parse(strFromU8(bytes))]));
  expect(texts['person.json']).toMatchObject({
    contact: { id: contactId, name: 'Anna' },
    addresses: [{ kind: 'email', value: `${name}@example.test` }],
    lists: [name],
    consents: [{ state: 'refused', source: 'one_click' }],
    campaigns: [{ state: 'sent', filledIn: { name: 'Anna' } }],
  });
  expect(texts['messages.json']).toMatchObject([{ direction: 'out', channel: 'email', text: expect.stringContaining('Hello Anna') }]);
  await post(preferences, new URLSearchParams({ act: 'erase' }));
  const path = linkIn((await newestMail())?.text);
  await open(path);
  expect((await client.readContact({ params: { id: contactId } })).id).toBe(contactId);
  expect((await post(path, '')).page).toContain('It is being erased');
  const erasure = async () => (await client.listErasures({ query: {} })).rows.find((row) => row.contactId === contactId);
  await expect.poll(async () => (await erasure())?.state, { timeout: 30_000 }).toBe('done');
  expect(await erasure()).toMatchObject({ person: null, counts: { addresses: 1, messages: 1, campaigns: 1 } });
  await expect(client.readContact({ params: { id: contactId } })).rejects.toMatchObject({ code: 'not_found' });
  expect((await open(path)).page).toContain('Nothing is known');
  // Somebody puts the address on a list again.
  expect((await client.addEntry({ params: { id: listId }, body: { email: `${name}@example.test` } })).suppressedAt).not.toBeNull();
});
