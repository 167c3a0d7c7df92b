import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startTestProduct, type TestProduct } from '#e2e/test-product.ts';

// A whole server and worker start here, and imports are read by a process of their own.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let product: TestProduct;
beforeAll(async () => {
  product = await startTestProduct();
  // It is never started: what is planned on it waits.
  await product.client.addProfile({ body: { name: 'marketing-promo', channel: 'whatsapp-web', proxyId: null } });
});
afterAll(() => product[Symbol.asyncDispose]());

const csv = (text: string) => ({ name: 'recipients.csv', content: new Blob([text]) });
const message = 'Hello {name}, the spring list is here.';

async function plannedFor(campaignId: string): Promise<{ address: string | null; state: string }[]> {
  await vi.waitUntil(async () => (await product.client.readCampaign({ params: { id: campaignId } })).state === 'running', {
    timeout: 60_000,
    interval: 200,
  });
  const { rows } = await product.client.listDeliveries({ params: { id: campaignId }, query: { limit: 200 } });
  return rows.map(({ address, state }) => ({ address, state })).toSorted((a, b) => String(a.address).localeCompare(String(b.address)));
}

test('a blast from a file answers at once with its id, and is planned for every row that can be read', async () => {
  const file = csv('phone,name\n+4915112345001,Anna\n015112345002,Ben\nnonsense,Cleo\n');
  const { blastId, campaignId } = await product.client.addBlast({ body: { sessionId: 'marketing-promo', message }, file });
  // Its lane may be looking at one of them just now, and gives it back.
  const planned = ['+4915112345001', '+4915112345002'].map((address) => ({ address, state: 'planned' }));
  await vi.waitFor(async () => expect(await plannedFor(campaignId)).toEqual(planned), { timeout: 30_000, interval: 200 });
  expect(await product.client.readBlast({ params: { id: blastId } })).toMatchObject({ total: 2, sent: 0, failed: 0, rejected: 1 });
});

test('with a campaign and a file both are merged, and a phone that stands in both is written to once', async () => {
  const { client } = product;
  const list = await client.addList({ body: { name: 'October' } });
  for (const phone of ['+4915112345003', '+4915112345004']) await client.addEntry({ params: { id: list.id }, body: { name: 'x', phone } });
  await client.addCampaign({ body: { name: 'october-promo', audience: { listIds: [list.id] } } });
  const file = csv('phone,name\n+49 151 12345004,Dora\n+4915112345005,Emil\n');
  const { campaignId } = await client.addBlast({ body: { sessionId: 'marketing-promo', message, campaignId: 'october-promo' }, file });
  expect((await plannedFor(campaignId)).map(({ address }) => address)).toEqual(['+4915112345003', '+4915112345004', '+4915112345005']);
});

test('a blast counts the rejected rows of its own file, not those that others imported into the same lists', async () => {
  const { client } = product;
  const list = await client.addList({ body: { name: 'November' } });
  const imported = await client.startImport({
    params: { id: list.id },
    body: { basis: { source: 'purchase', date: '2026-09-01', evidence: 'order form' } },
    file: csv('phone,name\n+4915112345006,Eve\nno,Zoe\nnor this,Uma\n'),
  });
  await vi.waitUntil(async () => (await client.readImport({ params: { id: imported.id } })).state === 'done', { timeout: 60_000, interval: 200 });
  await client.addCampaign({ body: { name: 'november-promo', audience: { listIds: [list.id] } } });
  const file = csv('phone,name\n+4915112345007,Fay\nnonsense,Gus\n');
  const { campaignId } = await client.addBlast({ body: { sessionId: 'marketing-promo', message, campaignId: 'november-promo' }, file });
  await plannedFor(campaignId);
  expect(await client.readBlast({ params: { id: campaignId } })).toMatchObject({ total: 2, rejected: 1 });
});
