import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Alias, aliases } from '#core/api/aliases.ts';
import { contract } from '#core/api/contract.ts';
import type { LoginAsk } from '#core/login-ask.ts';
import type { ProfilePlace, ProfileRemote } from './profiles.ts';
import { makeOneOfEach } from './testing/one-of-each.ts';
import { type CallAsk, startTestServer, type TestServer } from './testing/start-test-server.ts';

const phone = '+491701234567';
const logins: { place: ProfilePlace; ask: LoginAsk }[] = [];
const remote: ProfileRemote = {
  login: async (place, ask) => {
    logins.push({ place, ask });
    return { state: 'needs_code', why: null, qr: null, qrAt: null, linkCode: null, identity: null };
  },
  me: async () => ({ identity: phone, state: 'ready' }),
  unread: async () => ({ rows: [] }),
  dialogs: async () => ({ rows: [] }),
  screenshot: async () => Buffer.from('png'),
};

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ remote });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

/** What the documents send, in their own fields. */
const sent: Record<string, object> = {
  'POST /profiles': { name: 'New', channel: 'converse' },
  'PUT /profiles/:id': { name: 'Renamed' },
  'POST /templates': { name: 'New', body: 'Hello {{name}}' },
  'POST /templates/preview': { template: 'Hello {{name}}', context: { name: 'Ann' } },
  'PUT /templates/:id': { body: 'Hello again' },
  'POST /lists': { name: 'New' },
  'POST /test-email': { recipient: 'ann@example.test', subject: 'Hi', body: 'Text' },
  'POST /auth/register': { email: 'seed@example.test', username: 'seed', password: 'twelve letters' },
  'POST /auth/login': { username: 'OWNER', password: 'a password of a test' },
  'POST /auth/refresh': { refresh: 'REFRESH' },
  'POST /refresh': { refresh_token: 'REFRESH' },
  'POST /auth/logout': { refresh: 'REFRESH' },
  'POST /logout': {},
  'POST /profiles/start': { phone },
  'POST /profiles/code': { phone, code: '12345' },
  'POST /profiles/password': { phone, password: 'cloud password' },
  'POST /messages/unread': { phone },
  'POST /messages/dialogs': { phone },
  'POST /messages/send': { phone, text: 'Hi', tg_receiver: 'anna@example.test' },
  'POST /broadcast/campaign': { name: 'New' },
  'POST /blasts': { sessionId: phone, message: 'Hello {name}', recipients: [{ phone: '+491701234568', name: 'Ann' }] },
};
const queries: Record<string, string> = {
  'GET /messages/unread': `?phone=${encodeURIComponent(phone)}`,
  'GET /utils/me': `?phone=${encodeURIComponent(phone)}`,
  'GET /chat/threads': '?status=archived',
};
/** The mail server of these tests is out of reach; that is as far as a path can lead. */
const otherStatus: Record<string, number> = { 'POST /test-email': 502, 'DELETE /lists/:id': 409, 'DELETE /profiles/:id': 409 };

async function call({ method, path, to }: Alias, prefix: string) {
  const { owner, ids } = await makeOneOfEach(server);
  await server.call('PATCH', `/api/profiles/${ids.profiles}`, { token: owner.token, body: { name: phone } });
  const line = `${method} ${path}`;
  const noun = path.startsWith('/broadcast') ? 'campaigns' : path.split('/')[1];
  const id = path.startsWith('/sessions') ? encodeURIComponent(phone) : Object.entries(ids).find(([name]) => name === noun)?.[1];
  const text = JSON.stringify(sent[line]);
  const filled = text
    ?.replace('REFRESH', owner.refreshToken)
    .replace('OWNER', owner.email)
    .replace('seed@', `${randomUUID().slice(0, 8)}@`)
    .replace('"seed"', `"u${randomUUID().slice(0, 8)}"`);
  const ask: CallAsk = { token: contract[to].allows === 'public' ? undefined : owner.token, body: filled, headers: { accept: '*/*' } };
  const query = queries[line] ?? (path.endsWith('/recipients') ? `?campaignId=${ids.campaigns}` : '');
  return { line, ids, reply: await server.call(method, `${prefix}${path.replace(':id', id ?? '')}${query}`, ask) };
}

test.each(aliases.flatMap((alias) => ['', '/api'].map((prefix) => ({ ...alias, prefix, title: `${alias.method} ${prefix}${alias.path}` }))))(
  'seed $seed: $title',
  async ({ prefix, title: _, ...alias }) => {
    const { line, reply } = await call(alias, prefix);
    const definition = contract[alias.to];
    const expected = otherStatus[line] ?? ('status' in definition ? definition.status : undefined) ?? 200;
    expect({ status: reply.status, error: reply.status < 300 ? undefined : reply.body.error?.message }).toMatchObject({ status: expected });
  },
);

test('every line of the table leads to an endpoint, once', () => {
  const lines = aliases.map(({ method, path }) => `${method} ${path}`);
  expect(new Set(lines).size).toBe(lines.length);
  for (const { to } of aliases) expect(contract).toHaveProperty(to);
});

test('the fields of the seeds arrive as ours', async () => {
  const of = (line: string) => aliases.find(({ method, path }) => `${method} ${path}` === line) ?? aliases[0];
  const run = async (line: string) => {
    const alias = of(line);
    if (!alias) throw new Error('no aliases');
    return call(alias, '');
  };
  expect((await run('POST /templates/preview')).reply.body.text).toBe('Hello Ann');
  const start = await run('POST /profiles/start');
  expect(logins.at(-1)).toMatchObject({ place: { profileId: start.ids.profiles }, ask: { by: 'phone', phone } });
  await run('POST /profiles/code');
  expect(logins.at(-1)?.ask).toEqual({ by: 'code', code: '12345' });
  await run('POST /profiles/password');
  expect(logins.at(-1)?.ask).toMatchObject({ by: 'password', password: 'cloud password' });
  await run('POST /sessions/:id/connect');
  expect(logins.at(-1)?.ask).toEqual({ by: 'qr' });
  expect((await run('GET /utils/me')).reply.body).toEqual({ identity: phone, state: 'ready' });
});

test('a name of another workspace leads nowhere', async () => {
  await call(aliases.find(({ path }) => path === '/utils/me') ?? ({} as Alias), '');
  const { owner } = await makeOneOfEach(server);
  const reply = await server.call('POST', '/messages/unread', { token: owner.token, body: { phone } });
  expect(reply.status).toBe(404);
});
