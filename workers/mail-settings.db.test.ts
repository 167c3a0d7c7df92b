import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startTestProduct, type TestProduct } from '#e2e/test-product.ts';

// A whole server and worker start here.
vi.setConfig({ hookTimeout: 120_000, testTimeout: 60_000 });

let product: TestProduct;
beforeAll(async () => {
  product = await startTestProduct();
});
afterAll(() => product[Symbol.asyncDispose]());

const caughtSubjects = async () => (await product.catcher.messages()).map(({ subject }) => subject);

test('with the catcher on, campaigns and replies go there and not to the server that the account names', async () => {
  const { client } = product;
  const sender = await client.addMailAccount({
    body: {
      name: 'Real',
      useCatcher: true,
      host: 'smtp.example.invalid',
      port: 587,
      security: 'starttls',
      username: 'shop',
      password: 'a password that the catcher never learns',
      fromAddress: 'real@example.test',
    },
  });
  const template = await client.addTemplate({ body: { name: 'Spring', subject: 'For {{name}}', body: 'Hello {{name}}.' } });
  const list = await client.addList({ body: { name: 'Spring' } });
  await client.addEntry({ params: { id: list.id }, body: { name: 'Anna', email: 'anna@example.test' } });
  const campaign = await client.addCampaign({
    body: { name: 'Spring', templateId: template.id, senderIds: [sender.id], audience: { listIds: [list.id] } },
  });
  const params = { id: campaign.id };
  await client.startCampaign({ params });
  await expect.poll(async () => (await client.readCampaign({ params })).state, { timeout: 30_000 }).toBe('finished');
  expect((await client.readCampaign({ params })).counts).toMatchObject({ sent: 1, failed: 0 });
  expect(await caughtSubjects()).toEqual(['For Anna']);

  const { rows } = await client.listConversations({ query: {} });
  await client.replyTo({ params: { id: rows[0]?.id ?? '' }, body: { text: 'See you then.', clientKey: randomUUID() } });
  await expect.poll(async () => (await product.catcher.messages()).length, { timeout: 30_000 }).toBe(2);
});
