import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readRange } from '#core/public-address.ts';
import { createGuardedRequest, type Resolve } from './guarded-request.ts';

const asked: string[] = [];
const server = createServer((request, response) => {
  asked.push(request.url ?? '');
  if (request.url === '/slow') return;
  if (request.url === '/away') response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data' });
  response.end('x'.repeat(5000));
});
let port = 0;
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port; // A TCP server has an AddressInfo.
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
});

const loopback = [readRange('127.0.0.0/8')].filter((one) => one !== null);
const ask = (url: string, { admitted = [] as typeof loopback, resolve = undefined as Resolve | undefined, timeoutMs = 5000 } = {}) =>
  createGuardedRequest(admitted, resolve)({ url, method: 'GET', headers: {}, timeoutMs, mostBytes: 2000 }, new AbortController().signal);
const at =
  (...addresses: string[]): Resolve =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

test.each([
  'http://127.0.0.1/',
  'http://localhost/',
  'http://127.1/',
  'http://0177.0.0.1/',
  'http://0x7f000001/',
  'http://2130706433/',
  'http://127.0.0.1./',
  'http://%31%32%37.0.0.1/',
  'http://①②⑦.0.0.1/',
  'http://0/',
  'http://[::1]/',
  'http://[::ffff:127.0.0.1]/',
  'http://[64:ff9b::7f00:1]/',
  'http://[fe80::1]/',
  'http://169.254.169.254/latest/meta-data',
  'http://10.0.0.1/',
])('%s is refused before anything is sent', async (url) => {
  const there = new URL(url);
  there.port = String(port);
  await expect(ask(there.href)).rejects.toMatchObject({ code: 'address_not_public' });
  expect(asked).toEqual([]);
});

test('a name is refused when any of its addresses is, and other schemes are not asked', async () => {
  await expect(ask(`http://inside.test:${port}/`, { resolve: at('127.0.0.1') })).rejects.toMatchObject({ code: 'address_not_public' });
  await expect(ask(`http://both.test:${port}/`, { resolve: at('8.8.8.8', 'fd00::1') })).rejects.toMatchObject({ code: 'address_not_public' });
  await expect(ask('file:///etc/passwd')).rejects.toMatchObject({ code: 'address_not_public' });
  expect(asked).toEqual([]);
});

test('a name that changes its answer leads where it was judged: it is resolved once', async () => {
  const answers = [at('127.0.0.1'), at('10.0.0.1')];
  let count = 0;
  const resolve: Resolve = (name) => (answers[count++] ?? at())(name);
  expect(await ask(`http://turning.test:${port}/turning`, { admitted: loopback, resolve })).toMatchObject({ status: 200 });
  expect(count).toBe(1);
});

test('what is admitted is asked, its answer is read up to a limit, and one that leads further is not followed', async () => {
  asked.length = 0;
  const reply = await ask(`http://localhost:${port}/away`, { admitted: loopback, resolve: at('127.0.0.1') });
  expect(reply).toMatchObject({ status: 302, headers: { location: 'http://169.254.169.254/latest/meta-data' } });
  expect(reply.body).toHaveLength(2000);
  expect(asked).toEqual(['/away']);
  await expect(ask(reply.headers.location ?? '', { admitted: loopback })).rejects.toMatchObject({ code: 'address_not_public' });
});

test('who does not answer in time, or at all, is unreachable', async () => {
  await expect(ask(`http://127.0.0.1:${port}/slow`, { admitted: loopback, timeoutMs: 50 })).rejects.toMatchObject({ code: 'address_unreachable' });
  await expect(ask('http://127.0.0.1:1/', { admitted: loopback })).rejects.toMatchObject({
    code: 'address_unreachable',
    message: expect.stringContaining('ECONNREFUSED'),
  });
  await expect(ask('http://gone.test/', { resolve: at() })).rejects.toMatchObject({ code: 'address_unreachable' });
});
