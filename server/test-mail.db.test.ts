import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startTestProduct, type TestProduct } from '#e2e/test-product.ts';

// A whole server and worker start here.
vi.setConfig({ hookTimeout: 120_000 });

let product: TestProduct;
beforeAll(async () => {
  product = await startTestProduct();
});
afterAll(() => product[Symbol.asyncDispose]());

test('a test mail goes out at once, and the reply says what the server answered', async () => {
  const reply = await product.client.sendTestMail({ body: { to: 'me@example.test', subject: 'Does it work?' } });
  expect(reply).toMatchObject({ accepted: ['me@example.test'], response: expect.stringMatching(/^250/) });
  const mails = await product.catcher.messages();
  expect(mails.map(({ subject, to }) => ({ subject, to }))).toEqual([{ subject: 'Does it work?', to: expect.anything() }]);
});

test('a server that is not there is named as the reason', async () => {
  const account = await product.client.addMailAccount({
    body: { name: 'Nowhere', host: '127.0.0.1', port: 9, security: 'none', fromAddress: 'shop@example.test' },
  });
  await expect(product.client.sendTestMail({ body: { accountId: account.id, to: 'me@example.test' } })).rejects.toMatchObject({
    code: 'mail_unreachable',
  });
});

test('with the catcher on, a test mail goes there and not to the server that the account names', async () => {
  const account = await product.client.addMailAccount({
    body: {
      name: 'Kept for later',
      useCatcher: true,
      host: 'smtp.example.invalid',
      port: 465,
      security: 'tls',
      username: 'shop',
      password: 'a password that the catcher never learns',
      fromAddress: 'later@example.test',
    },
  });
  const reply = await product.client.sendTestMail({ body: { accountId: account.id, to: 'me@example.test', subject: 'Caught' } });
  expect(reply).toMatchObject({ accepted: ['me@example.test'] });
  expect((await product.catcher.messages()).map(({ subject }) => subject)).toContain('Caught');
});
