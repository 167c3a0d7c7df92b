import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { settleWebhook } from '#sql/webhooks.ts';
import { registerPerson, startTestServer, type TestServer } from './testing/start-test-server.ts';

const secrets = [
  { name: 'META_APP_SECRET', secret: 'of the meta app' },
  { name: 'INSTAGRAM_APP_SECRET', secret: 'of the instagram app' },
];
let server: TestServer;
let admin: Awaited<ReturnType<typeof registerPerson>>;
let other: typeof admin;
beforeAll(async () => {
  server = await startTestServer({ webhooks: { verifyToken: 'vt-123', secrets } });
  // The first workspace is that of the installation's admins.
  admin = await registerPerson(server);
  other = await registerPerson(server);
});
afterAll(() => server?.[Symbol.asyncDispose]());

const sign = (body: string | Buffer, secret = 'of the meta app') => `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
const bring = (body: string, signature: string | null, platform = 'whatsapp') =>
  server.call('POST', `/api/webhooks/${platform}`, { body, headers: signature === null ? {} : { 'x-hub-signature-256': signature } });
const list = (query = '', token = admin.token) => server.call('GET', `/api/webhooks${query}`, { token });
const kept = async (): Promise<number> => (await list('?limit=200')).body.rows.length;

test.each([
  ['hub.mode=subscribe&hub.verify_token=vt-123&hub.challenge=1158201444', 200, '1158201444'],
  ['hub.mode=subscribe&hub.verify_token=vt-123&hub.challenge=%3Cb%3E', 200, '<b>'],
  ['hub.mode=subscribe&hub.verify_token=wrong&hub.challenge=1', 403, null],
  ['hub.verify_token=vt-123&hub.challenge=1', 403, null],
  ['hub.mode=subscribe&hub.verify_token=vt-123&hub.verify_token=x&hub.challenge=1', 403, null],
  ['hub.mode=subscribe&hub.verify_token=&hub.challenge=1', 403, null],
  ['hub.mode=subscribe&hub.verify_token=vt-123', 400, null],
])('verification: %s is answered %i', async (query, status, body) => {
  const reply = await server.call('GET', `/api/webhooks/instagram?${query}`);
  expect(reply.status).toBe(status);
  if (body === null) return;
  expect(reply.body).toBe(body);
  expect(reply.headers.get('content-type')).toMatch(/^text\/plain/);
  expect(reply.headers.get('x-content-type-options')).toBe('nosniff');
});

test('a signed body is kept byte for byte before it is answered, whichever known secret has signed it', async () => {
  const body = '{ "object" : "page",\n "entry": [{"id":"1","messaging":[{"message":{"text":"\\u00e4 a\\/b"}}]}] }';
  expect((await bring(body, sign(body), 'messenger')).status).toBe(200);
  expect((await bring(body, sign(body, 'of the instagram app'), 'instagram')).status).toBe(200);
  const { body: page } = await list('?platform=instagram');
  expect(page.rows).toMatchObject([{ platform: 'instagram', state: 'pending', signedBy: 'INSTAGRAM_APP_SECRET', bytes: Buffer.byteLength(body) }]);
  const { body: one } = await server.call('GET', `/api/webhooks/${page.rows[0].id}`, { token: admin.token });
  expect(one.body).toBe(body);
  expect(one.headers).toMatchObject({ 'content-type': 'application/json', 'x-hub-signature-256': sign(body, 'of the instagram app') });
});

test('what is unsigned or forged is refused, counted, sampled and never kept; too much of it is turned away', async () => {
  const before = await kept();
  const good = sign('{}');
  const bad = [null, '', good.slice(7), `sha1=${good.slice(7)}`, good.slice(0, -2), `sha256=${'z'.repeat(64)}`, sign('{ }'), sign('{}', 'another')];
  for (const signature of bad) expect((await bring('{}', signature)).status, String(signature)).toBe(401);
  const { body } = await server.call('GET', '/api/webhooks/refusals', { token: admin.token });
  expect(body.rows).toMatchObject([
    { platform: 'whatsapp', reason: 'forged', count: 6, sample: '{}' },
    { platform: 'whatsapp', reason: 'unsigned', count: 2 },
  ]);
  expect(server.logged.filter((line) => line.msg === 'a webhook was refused')).toHaveLength(8);
  const many = await Promise.all(Array.from({ length: 70 }, () => bring('{}', null)));
  expect(new Set(many.map((reply) => reply.status))).toEqual(new Set([401, 429]));
  expect((await bring('{}', good)).status).toBe(200);
  expect(await kept()).toBe(before + 1);
});

test('a body of 4 MB is kept, a larger one is refused, and one that is no JSON is kept but not thanked for', async () => {
  const large = JSON.stringify({ entry: [], filling: 'x'.repeat(4 * 1024 * 1024 - 30) });
  expect((await bring(large, sign(large))).status).toBe(200);
  const larger = `${large}${' '.repeat(100)}`;
  expect((await bring(larger, sign(larger))).status).toBe(413);
  expect((await bring('not json', sign('not json'))).status).toBe(400);
  expect((await bring('', sign(''))).status).toBe(400);
});

test('the list is filtered and paged; what is nobody’s is for admins of the installation, what is another workspace’s for nobody else', async () => {
  const body = '{"object":"page","entry":[]}';
  await bring(body, sign(body), 'messenger');
  const { body: first } = await list('?limit=2');
  expect(first.rows).toHaveLength(2);
  const { body: second } = await list(`?limit=2&cursor=${first.next}`);
  expect(second.rows[0].id).not.toBe(first.rows[1].id);
  expect((await list('?state=failed')).body.rows).toEqual([]);
  expect((await list('', other.token)).body.rows).toEqual([]);
  const id = first.rows[0].id;
  const settled = { id, workspaceId: other.workspaceId, state: 'processed', events: [], error: null, now: new Date() } as const;
  await server.database.db.transaction().execute((trx) => settleWebhook(trx, settled));
  expect((await list('', other.token)).body.rows).toMatchObject([{ id, workspaceId: other.workspaceId }]);
  expect((await server.call('GET', `/api/webhooks/${id}`, { token: admin.token })).status).toBe(404);
  expect((await server.call('POST', '/api/webhooks/replay', { token: admin.token, body: { ids: [id] } })).body).toEqual({ replayed: 0 });
  expect((await server.call('POST', '/api/webhooks/replay', { token: other.token, body: { ids: [id] } })).body).toEqual({ replayed: 1 });
  expect((await list('?state=pending', other.token)).body.rows).toMatchObject([{ id, state: 'pending' }]);
});
