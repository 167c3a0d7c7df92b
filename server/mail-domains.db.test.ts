import { Resolver } from 'node:dns/promises';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { deliveryOfReturnPath, returnPathPurpose } from '#channels/email/verp.ts';
import { startTestProduct, type TestProduct } from '#e2e/test-product.ts';
import { type NameServer, startNameServer } from '#lab/dns/name-server.ts';
import { createSealer } from '#sql/sealed.ts';

// A whole server and worker start here.
vi.setConfig({ hookTimeout: 120_000, testTimeout: 60_000 });

const domain = 'example.test';
const resolver = new Resolver();
let names: NameServer;
let product: TestProduct;
beforeAll(async () => {
  names = await startNameServer();
  resolver.setServers([names.address]);
  product = await startTestProduct({ settings: { DNS_SERVERS: names.address, PUBLIC_URL: 'https://patchbay.example.test' } });
});
afterAll(async () => {
  await product[Symbol.asyncDispose]();
  await names.close();
});

/** What a verifier that is none of ours says of the newest mail, and by which key. */
async function verdict() {
  const [newest] = await product.catcher.messages({ limit: 1 });
  const raw = await (await fetch(`${product.catcher.webUrl}/api/messages/${newest?.id}/raw`)).arrayBuffer();
  const { results } = await dkimVerify(Buffer.from(raw), { resolver: (name) => resolver.resolveTxt(name) });
  return results.map(({ signingDomain, selector, status }) => `${status.result} ${signingDomain ?? ''} ${selector ?? ''}`.trim());
}
const sendTest = () => product.client.sendTestMail({ body: { to: 'me@example.test' } });
const codes = async () => (await product.client.checkMailDomain({ params: { domain } })).findings.filter(({ about }) => about === 'dkim');

test('a key signs at once; one that is to take its place signs when its record is published', async () => {
  const { client } = product;
  await sendTest();
  expect(await verdict()).toEqual(['none']);
  const first = await client.addDkimKey({ params: { domain } });
  expect(JSON.stringify(first)).not.toContain('PRIVATE');
  expect(await codes()).toMatchObject([{ code: 'dkim_not_published', publish: first.record }]);
  names.set(first.record.name, { TXT: [first.record.value] });
  await sendTest();
  expect(await verdict()).toEqual([`pass ${domain} ${first.selector}`]);
  expect(await codes()).toMatchObject([{ code: 'dkim_good' }]);

  const second = await client.addDkimKey({ params: { domain } });
  expect(second.isSigning).toBe(false);
  expect((await codes()).map(({ code }) => code)).toEqual(['dkim_good', 'dkim_not_published']);
  await sendTest();
  expect(await verdict()).toEqual([`pass ${domain} ${first.selector}`]);
  names.set(second.record.name, { TXT: [second.record.value] });
  await codes();
  await sendTest();
  expect(await verdict()).toEqual([`pass ${domain} ${second.selector}`]);
  const { rows } = await client.listMailDomains({});
  expect(rows).toMatchObject([
    {
      domain,
      accounts: ['Shop mail'],
      keys: [
        { id: second.id, isSigning: true },
        { id: first.id, isSigning: false },
      ],
    },
  ]);
  await client.removeDkimKey({ params: { id: second.id } });
  await sendTest();
  expect(await verdict()).toEqual([`pass ${domain} ${first.selector}`]);
});

test('each mail of a campaign is signed, with its link to unsubscribe inside, and leaves under a return path that names it', async () => {
  const { client } = product;
  const { rows: accounts } = await client.listMailAccounts({});
  const params = { id: accounts[0]?.id ?? '' };
  await client.changeMailAccount({ params, body: { bounceAddress: 'bounces@example.test' } });
  const template = await client.addTemplate({
    body: { name: 'Spring', subject: 'Für {{name}}', body: 'Hello {{name}}.', html: '<p>Hello {{name}}</p>' },
  });
  const list = await client.addList({ body: { name: 'Spring' } });
  await client.addEntry({ params: { id: list.id }, body: { name: 'Anna', email: 'anna@example.test' } });
  const campaign = await client.addCampaign({
    body: { name: 'Spring', templateId: template.id, senderIds: [params.id], audience: { listIds: [list.id] } },
  });
  await client.startCampaign({ params: { id: campaign.id } });
  await expect.poll(async () => (await product.catcher.messages({ limit: 1 }))[0]?.subject, { timeout: 30_000 }).toBe('Für Anna');
  expect(await verdict()).toEqual([expect.stringMatching(/^pass example\.test pb/)]);
  const [mail] = await product.catcher.messages({ limit: 1 });
  expect(mail?.headers['dkim-signature']?.replaceAll(/\s/g, '')).toMatch(/h=[^;]*list-unsubscribe:list-unsubscribe-post/);
  const key = createSealer('a key that only tests use, nowhere else').derive(returnPathPurpose);
  expect(deliveryOfReturnPath(mail?.envelope.from ?? '', key)).toBe(mail?.delivery);
});
