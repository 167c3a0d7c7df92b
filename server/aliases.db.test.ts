import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aliases } from '#core/api/aliases.ts';
import type { LoginAsk } from '#core/login-ask.ts';
import type { ProfilePlace, ProfileRemote } from './profiles.ts';
import { makeOneOf, makeOneOfEach, type OneOfEach } from './testing/one-of-each.ts';
import { type CallAsk, startTestServer, type TestServer } from './testing/start-test-server.ts';

const phone = '+491701234567';
const logins: { place: ProfilePlace; ask: LoginAsk }[] = [];
const remote: ProfileRemote = {
  login: async (place, ask) => {
    logins.push({ place, ask });
    return { state: 'needs_code', why: null, qr: null, qrAt: null, linkCode: null, identity: null };
  },
  me: async () => ({ identity: phone, state: 'ready' }),
  unread: async () => ({ rows: [{ conversation: 'c', name: 'Unread', count: 1 }] }),
  dialogs: async () => ({ rows: [{ conversation: 'c', name: 'Dialog', unread: 0 }] }),
  checkNumber: async (_place, phone) => ({ phone, exists: null }),
  screenshot: async () => Buffer.from('png'),
};

let server: TestServer;
/** For all that only read. */
let groundOfReaders: Awaited<ReturnType<typeof makeGround>>;
beforeAll(async () => {
  server = await startTestServer({ remote });
  groundOfReaders = await makeGround();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

/** A path as a document writes it, what it sends there in its own fields, and what it gets: told apart from every other path's reply. */
type SeedPath = { seed: number; line: string; sends?: object; status: number; reply: object | string };
const at = (seed: number, line: string, reply: SeedPath['reply'], { status = 200, ...sent }: { sends?: object; status?: number } = {}): SeedPath => ({
  seed,
  line,
  status,
  reply,
  ...sent,
});

/**
 * The paths of the five documents that are built, copied from them and not from the product's table: taking a line out of that, or leading it
 * elsewhere, has to fail here. PHONE, ID, OWNER and REFRESH stand for what a test has.
 */
const seedPaths: SeedPath[] = [
  at(0, 'GET /profiles', { rows: [{ id: 'ID', name: phone }] }),
  at(0, 'POST /profiles', { name: 'New', channel: 'converse' }, { sends: { name: 'New', channel: 'converse' }, status: 201 }),
  at(0, 'GET /profiles/ID', { id: 'ID', name: phone }),
  at(0, 'PUT /profiles/ID', { id: 'ID', name: 'Renamed' }, { sends: { name: 'Renamed' } }),
  at(0, 'DELETE /profiles/ID', { error: { code: 'in_use' } }, { status: 409 }),
  at(0, 'GET /templates', { rows: expect.arrayContaining([expect.objectContaining({ body: 'Hello' })]) }),
  at(0, 'POST /templates', { name: 'New', variables: ['name'] }, { sends: { name: 'New', body: 'Hello {{name}}' }, status: 201 }),
  at(0, 'POST /templates/preview', { text: 'Hello Ann' }, { sends: { template: 'Hello {{name}}', context: { name: 'Ann' } } }),
  at(0, 'GET /templates/ID', { id: 'ID', body: 'Hello' }),
  at(0, 'PUT /templates/ID', { id: 'ID', body: 'Hello again' }, { sends: { body: 'Hello again' } }),
  at(0, 'DELETE /templates/ID', '', { status: 204 }),
  at(0, 'GET /lists', { rows: [{ id: 'ID', entries: 1 }] }),
  at(0, 'POST /lists', { name: 'New', entries: 0 }, { sends: { name: 'New' }, status: 201 }),
  at(0, 'GET /lists/ID', { id: 'ID', entries: 1 }),
  at(0, 'DELETE /lists/ID', { error: { code: 'in_use' } }, { status: 409 }),
  at(0, 'GET /logs', { rows: [{ address: 'anna@example.test', state: 'uncertain' }] }),
  // The mail server of these tests is out of reach; that is as far as the path can lead.
  at(
    0,
    'POST /test-email',
    { error: { code: 'mail_unreachable' } },
    { sends: { recipient: 'ann@example.test', subject: 'Hi', body: 'Text' }, status: 502 },
  ),
  at(0, 'POST /telegram/login', { state: 'needs_code' }, { sends: { phone }, status: 202 }),

  at(
    1,
    'POST /auth/register',
    { person: { username: 'seedUNIQUE', role: 'owner' } },
    { sends: { email: 'seedUNIQUE@example.test', username: 'seedUNIQUE', password: 'twelve letters' }, status: 201 },
  ),
  at(1, 'POST /auth/login', { person: { email: 'OWNER' } }, { sends: { username: 'OWNER', password: 'a password of a test' } }),
  at(1, 'POST /auth/logout', '', { sends: { refresh: 'REFRESH' }, status: 204 }),
  at(1, 'POST /auth/refresh', { accessToken: expect.any(String), person: { email: 'OWNER' } }, { sends: { refresh: 'REFRESH' } }),
  at(1, 'GET /auth/me', { email: 'OWNER', role: 'owner' }),
  at(1, 'GET /platforms/', { rows: [{ id: 'ID', platform: 'messenger' }] }),
  at(1, 'POST /platforms/instagram/connect', { url: expect.stringContaining('/oauth/authorize?') }),
  at(1, 'POST /platforms/messenger/connect', { url: expect.stringContaining('/dialog/oauth?') }),
  // The platform of these tests is out of reach; that is as far as the path can lead.
  at(
    1,
    'POST /platforms/whatsapp/connect',
    { error: { code: 'platform_unreachable' } },
    { sends: { access_token: 'a-token-of-nobody', phone_number_id: '1', business_account_id: '2' }, status: 502 },
  ),
  at(1, 'POST /platforms/ID/sync', { id: 'ID' }, { status: 202 }),
  at(1, 'DELETE /platforms/ID', '', { status: 204 }),
  at(1, 'GET /messages/', { rows: [{ id: 'ID', text: 'Hi', contactName: 'Anna' }] }),
  at(1, 'GET /messages/ID', { id: 'ID', text: 'Hi' }),
  at(1, 'POST /messages/', { text: 'Good day', status: 'planned' }, { sends: { conversationId: 'TALK', text: 'Good day' }, status: 202 }),
  at(1, 'PATCH /messages/ID/read', { id: 'ID', readAt: expect.any(String) }),
  at(1, 'GET /conversations/', { rows: [{ id: 'ID', unread: 1 }] }),
  at(1, 'GET /conversations/ID/messages', { rows: [{ text: 'Hi', direction: 'in' }] }),

  at(2, 'GET /health', { checks: { database: { ok: true } } }),
  at(2, 'POST /refresh', { accessToken: expect.any(String), person: { email: 'OWNER' } }, { sends: { refresh_token: 'REFRESH' } }),
  at(2, 'POST /logout', '', { sends: {}, status: 204 }),
  at(2, 'POST /profiles/start', { state: 'needs_code' }, { sends: { phone }, status: 202 }),
  at(2, 'POST /profiles/code', { state: 'needs_code' }, { sends: { phone, code: '12345' }, status: 202 }),
  at(2, 'POST /profiles/password', { state: 'needs_code' }, { sends: { phone, password: 'cloud password' }, status: 202 }),
  at(2, 'GET /messages/unread?phone=PHONE', { rows: [{ name: 'Unread' }] }),
  at(2, 'POST /messages/unread', { rows: [{ name: 'Unread' }] }, { sends: { phone } }),
  at(2, 'POST /messages/dialogs', { rows: [{ name: 'Dialog' }] }, { sends: { phone } }),
  at(2, 'POST /messages/send', { deliveryId: expect.any(String) }, { sends: { phone, text: 'Hi', tg_receiver: 'anna@example.test' }, status: 202 }),
  at(2, 'GET /utils/me?phone=PHONE', { identity: phone, state: 'ready' }),

  at(3, 'POST /broadcast/campaign', { name: 'New', state: 'draft' }, { sends: { name: 'New' }, status: 201 }),
  at(3, 'POST /broadcast/campaign/ID/start', { id: 'ID', state: 'planning' }),
  at(3, 'GET /broadcast/logs', { rows: [{ address: 'anna@example.test', state: 'uncertain' }] }),
  at(3, 'DELETE /broadcast/campaign/ID', '', { status: 204 }),
  at(3, 'POST /chat/send', { text: 'Good day', status: 'planned' }, { sends: { user_id: 'anna@example.test', message: 'Good day' }, status: 202 }),
  at(3, 'GET /chat/history?user_id=anna@example.test&limit=1&offset=0', { rows: [{ text: 'Hi' }] }),
  at(3, 'GET /chat/history?user_id=anna@example.test&limit=1&offset=1', { rows: [] }),
  at(3, 'GET /chat/message/MESSAGE', { id: 'MESSAGE', text: 'Hi' }),
  at(3, 'GET /chat/threads?status=archived', { rows: [] }),
  at(3, 'GET /chat/threads', { rows: [{ id: 'ID', unread: 1 }] }),

  at(4, 'POST /sessions/PHONE/connect', { state: 'needs_code' }, { status: 202 }),
  at(4, 'GET /campaigns/recipients?campaignId=ID', { total: 1, rows: [{ address: 'anna@example.test' }] }),
  at(
    4,
    'POST /blasts',
    { blastId: expect.any(String) },
    { sends: { sessionId: phone, message: 'Hello {name}', recipients: [{ phone: '+491701234568', name: 'Ann' }] }, status: 202 },
  ),
];

/** The noun whose id a path means, where that is not its first word. */
const nouns: Record<string, keyof OneOfEach> = { broadcast: 'campaigns', chat: 'conversations' };

/** Of one noun, or of each. */
async function makeGround(noun?: string) {
  const ground = noun === undefined ? await makeOneOfEach(server) : await makeOneOf(server, noun);
  await server.call('PATCH', `/api/profiles/${ground.ids.profiles}`, { token: ground.owner.token, body: { name: phone } });
  return ground;
}

async function call({ line, sends, reply }: SeedPath, prefix: string) {
  const [method = '', path = ''] = line.split(' ');
  const [first = ''] = path.slice(1).split(/[/?]/);
  const noun = nouns[first] ?? first;
  const { owner, ids } = await (method === 'GET' ? groundOfReaders : makeGround(noun));
  const id = Object.entries(ids).find(([name]) => name === noun)?.[1] ?? '';
  const unique = randomUUID().slice(0, 8);
  const fill = (text: string) =>
    text
      .replaceAll('TALK', ids.conversations ?? '')
      .replaceAll('MESSAGE', ids.messages ?? '')
      .replaceAll('ID', id)
      .replaceAll('REFRESH', owner.refreshToken)
      .replaceAll('OWNER', owner.email)
      .replaceAll('UNIQUE', unique);
  const ask: CallAsk = { token: owner.token, body: sends && fill(JSON.stringify(sends)), headers: { accept: '*/*' } };
  const answer = await server.call(method, prefix + fill(path).replace('PHONE', encodeURIComponent(phone)), ask);
  return { ids, answer, expected: typeof reply === 'string' ? reply : filled(reply, fill) };
}

/** Texts filled in wherever they stand; what `expect` made stays as it is. */
function filled(value: unknown, fill: (text: string) => string): unknown {
  if (typeof value === 'string') return fill(value);
  if (Array.isArray(value)) return value.map((one) => filled(one, fill));
  if (value === null || typeof value !== 'object' || 'asymmetricMatch' in value) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, filled(one, fill)]));
}

test.each(seedPaths.flatMap((path) => ['', '/api'].map((prefix) => ({ ...path, prefix, title: path.line.replace(' /', ` ${prefix}/`) }))))(
  'seed $seed: $title',
  async ({ prefix, title: _, ...path }) => {
    const { answer, expected } = await call(path, prefix);
    expect({ status: answer.status, reply: answer.body }).toMatchObject({ status: path.status, reply: expected });
  },
);

test('every line of the product’s table is a path of the documents, once', () => {
  const pathOf = (line: string) =>
    line
      .replace(/\?.*$/, '')
      .replace(/\/$/, '')
      .replace(/ID|PHONE|MESSAGE/, ':id');
  const lines = aliases.map(({ seed, method, path }) => `${seed} ${method} ${path}`);
  expect(new Set(lines).size).toBe(lines.length);
  expect(lines.toSorted()).toEqual([...new Set(seedPaths.map(({ seed, line }) => `${seed} ${pathOf(line)}`))].toSorted());
});

test('the fields of the seeds arrive as ours', async () => {
  const run = async (line: string) => {
    const path = seedPaths.find((one) => one.line === line);
    if (!path) throw new Error(`no path ${line}`);
    return call(path, '');
  };
  const start = await run('POST /profiles/start');
  expect(logins.at(-1)).toMatchObject({ place: { profileId: start.ids.profiles }, ask: { by: 'phone', phone } });
  await run('POST /profiles/code');
  expect(logins.at(-1)?.ask).toEqual({ by: 'code', code: '12345' });
  await run('POST /profiles/password');
  expect(logins.at(-1)?.ask).toMatchObject({ by: 'password', password: 'cloud password' });
  await run('POST /sessions/PHONE/connect');
  expect(logins.at(-1)?.ask).toEqual({ by: 'qr' });
  expect((await run('GET /utils/me?phone=PHONE')).answer.body).toEqual({ identity: phone, state: 'ready' });
});

test('a name of another workspace leads nowhere', async () => {
  const theirs = await makeOneOfEach(server);
  await server.call('PATCH', `/api/profiles/${theirs.ids.profiles}`, { token: theirs.owner.token, body: { name: 'theirs alone' } });
  const { owner } = await makeOneOfEach(server);
  const reply = await server.call('POST', '/messages/unread', { token: owner.token, body: { phone: 'theirs alone' } });
  expect(reply.status).toBe(404);
});
