import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { Channel } from '#core/channel.ts';
import { Failure } from '#core/failure.ts';
import { startTestProduct, type TestProduct } from '#e2e/test-product.ts';
import { tell } from '#lab/tell.ts';
import { startWhatsAppLab, type WhatsAppLab } from '#lab/whatsapp/site.ts';
import { until } from './demo/until.ts';

const me = '4915550000001';
const anna = '4915550000101';
const club = '120363000000001';
const soon = <T>(look: () => T) => expect.poll(look, { timeout: 90_000, interval: 200 });
/** What the messenger answers to the next send does not reach the worker, as when it is killed between the act and the proof. */
let losesProof = false;
const dress = (channel: Channel): Channel => ({
  ...channel,
  async send(...ask) {
    const sent = await channel.send(...ask);
    if (!losesProof) return sent;
    losesProof = false;
    throw new Failure('browser_crashed');
  },
});

const parts = new AsyncDisposableStack();
let product: TestProduct;
let lab: WhatsAppLab;
let profileId: string;

beforeAll(async () => {
  lab = parts.use(await startWhatsAppLab({ settings: { syncMs: 50, dialect: '2026b', blankPreviewShare: 0 } }));
  await control('/accounts', { number: me, name: 'Shop', saved: true });
  await control('/peers', [
    { number: anna, name: 'Anna', saved: true, deliveredAfterMs: 20 },
    { number: club, name: 'Book club', members: [anna], deliveredAfterMs: 20 },
  ]);
  product = parts.use(await startTestProduct({ dress, browserPath: inject('browserPath') ?? '' }));
  const { client } = product;
  profileId = (await client.addProfile({ body: { channel: 'whatsapp-web', name: 'Shop', baseUrl: lab.url } })).id;
  const params = { id: profileId };
  const patience = { seconds: 60, signal: AbortSignal.timeout(100_000) };
  const ref = await until('A code', async () => (await client.loginByQr({ params })).qr, patience);
  await control('/scan', { ref, number: me });
  await until('The profile', async () => (await client.readProfile({ params })).state === 'ready', patience);
}, 120_000);
afterAll(() => parts.disposeAsync(), 60_000);

const control = (path: string, body: object) => tell(lab.control + path, body);
const arrived = (number: string) => [...lab.lab.messages.values()].filter((message) => message.from === me && message.to === number);
const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
const upload = async () => (await product.client.addMedia({ body: {}, file: { name: 'door.png', content: new Blob([png]) } })).id;
const deliveryOf = (id: string) => product.client.readDelivery({ params: { id } });
const conversationWith = async (name: string) => (await product.client.listConversations({ query: { search: name } })).rows[0];

test('an image with a caption and an answer to one message go out through the API, and both are proven', async () => {
  const { client } = product;
  const { deliveryId } = await client.sendFromProfile({
    params: { id: profileId },
    body: { to: `+${anna}`, text: 'Our door', mediaId: await upload() },
  });
  await soon(async () => (await deliveryOf(deliveryId)).state).toMatch(/sent|delivered|read/);
  const [image] = arrived(anna);
  expect(image).toMatchObject({
    kind: 'image',
    text: 'Our door',
    file: { name: 'door.png', sha256: createHash('sha256').update(png).digest('hex') },
  });
  expect((await deliveryOf(deliveryId)).platformId).toBe(image?.id);

  await control('/incoming', { from: anna, to: me, text: 'When do you open?' });
  const { id = '' } = (await conversationWith('+4915550000101')) ?? {};
  const messages = async () => (await client.listMessages({ params: { id }, query: {} })).rows;
  await client.readConversationNow({ params: { id } });
  await soon(async () => (await messages()).some(({ text }) => text === 'When do you open?')).toBe(true);
  const asked = (await messages()).find(({ text }) => text === 'When do you open?');
  const reply = await client.replyTo({ params: { id }, body: { text: 'At nine', replyTo: asked?.id } });
  await soon(async () => (await deliveryOf(reply.deliveryId ?? '')).state).toMatch(/sent|delivered|read/);
  expect(arrived(anna).at(-1)).toMatchObject({ text: 'At nine', quotes: asked?.platformId });
  expect((await messages()).map(({ kind, text, media, replyTo }) => [kind, text, media?.name, replyTo?.text])).toEqual(
    expect.arrayContaining([
      ['image', 'Our door', 'door.png', undefined],
      ['text', 'At nine', undefined, 'When do you open?'],
    ]),
  );
});

test('an image whose proof was lost is looked for as an image, found, and not sent again', async () => {
  const { client } = product;
  losesProof = true;
  const before = arrived(anna).length;
  const { deliveryId } = await client.sendFromProfile({ params: { id: profileId }, body: { to: `+${anna}`, mediaId: await upload() } });
  await soon(async () => arrived(anna).length).toBe(before + 1);
  await soon(async () => (await deliveryOf(deliveryId)).state).toMatch(/sent|delivered|read/);
  const { rows: runs } = await client.listRuns({ params: { id: profileId }, query: {} });
  expect(runs.filter((run) => run.deliveryId === deliveryId).map(({ flow, outcome }) => [flow, outcome])).toContainEqual(['confirmMedia', 'sent']);
  expect(arrived(anna)).toHaveLength(before + 1);
  expect((await deliveryOf(deliveryId)).platformId).toBe(arrived(anna).at(-1)?.id);
});

test('a group is written to by its name, and what its members answer stands in one conversation with their names', async () => {
  const { client } = product;
  await control('/incoming', { from: anna, to: me, group: club, text: 'Welcome' });
  const { deliveryId } = await client.sendFromProfile({ params: { id: profileId }, body: { to: 'group:Book club', text: 'Chapter three' } });
  await soon(async () => (await deliveryOf(deliveryId)).state).toMatch(/sent|delivered|read/);
  expect(arrived(club)).toMatchObject([{ text: 'Chapter three', group: club }]);
  await control('/incoming', { from: anna, to: me, group: club, text: 'Finished!' });
  const { id = '' } = (await conversationWith('Book club')) ?? {};
  await client.readConversationNow({ params: { id } });
  const said = async () => (await client.listMessages({ params: { id }, query: {} })).rows.map(({ author, text }) => [author, text]);
  await soon(said).toEqual(expect.arrayContaining([['Anna', 'Finished!']]));
});
