import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type GraphLab, startGraphLab } from '#lab/graph/site.ts';
import { addToken, resetLab } from '#lab/graph/store.ts';
import { inWorkspace } from '#sql/database.ts';
import { restAccount, warnOf } from '#sql/platform-warnings.ts';
import { agree, comeBack } from './testing/graph-person.ts';
import { registerPerson, startTestServer, type TestServer } from './testing/start-test-server.ts';

let graph: GraphLab;
let server: TestServer;
beforeAll(async () => {
  graph = await startGraphLab();
  server = await startTestServer({ platforms: { graphUrls: [graph.url, 'http://127.0.0.1:1'] } });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await graph.close();
});
afterEach(() => {
  resetLab(graph.lab);
  server.clock.now = new Date();
});

type Person = Awaited<ReturnType<typeof registerPerson>>;
const ask = (person: Person, method: string, path: string, body?: object) => server.call(method, `/api${path}`, { token: person.token, body });
const connectPages = async (person: Person, pages: string[], platform = 'messenger') => {
  const back = await agree(await ask(person, 'POST', `/platforms/${platform}/connect`, platform === 'instagram' ? { login: 'facebook' } : {}), {
    pages,
  });
  const { headers } = await comeBack(server, back);
  return new URL(headers.get('location') ?? '', server.url).searchParams.get('connect') ?? '';
};
const stored = (person: Person) =>
  inWorkspace(server.database.db, person.workspaceId, (trx) => trx.selectFrom('platform_accounts').selectAll().orderBy('external_id').execute());
const addPage = (id: string, instagramId: string | null = null) => graph.lab.pages.set(id, { id, name: `Page ${id}`, instagramId });
const addNumber = (id: string, businessId = '700') => {
  graph.lab.businesses.set(businessId, { id: businessId, portfolioId: '1', name: 'Shop', peoplePerDay: null });
  graph.lab.numbers.set(id, { id, businessId, display: '+49 1512 345678', name: 'Shop', perSecond: 80 });
};

test('pages that a person chose are connected, each with a token of its own that no reply, log or event holds', async () => {
  const person = await registerPerson(server);
  for (const id of ['11', '12', '13']) addPage(id);
  graph.lab.settings.needsProof = true;
  const connectId = await connectPages(person, ['11', '12']);
  const offered = await ask(person, 'GET', `/platform-connects/${connectId}`);
  expect(offered.body).toMatchObject({
    platform: 'messenger',
    choices: [{ externalId: '11', name: 'Page 11', missing: [], isConnected: false }, { externalId: '12' }],
  });
  expect((await ask(person, 'POST', `/platform-connects/${connectId}`, { externalIds: ['13'] })).status).toBe(400);
  const { status, body } = await ask(person, 'POST', `/platform-connects/${connectId}`, { externalIds: ['11', '12'] });
  expect(status).toBe(201);
  expect(body.rows).toMatchObject([
    {
      name: 'Page 11',
      channel: 'messenger',
      state: 'connected',
      isActive: true,
      expiresAt: null,
      subscribedAt: expect.any(String),
      ends: { what: 'data' },
    },
    { name: 'Page 12' },
  ]);
  expect([...graph.lab.subscriptions.keys()]).toEqual(['11', '12']);
  expect(graph.lab.subscriptions.get('11')).toContain('message_echoes');
  expect((await ask(person, 'GET', `/platform-connects/${connectId}`)).status).toBe(404);

  const rows = await stored(person);
  const tokens = rows.map(({ sealed_token: sealed }) => server.sealer.openText(sealed ?? Buffer.alloc(0)));
  expect(new Set(tokens.filter((token) => graph.lab.tokens.get(token)?.kind === 'page')).size).toBe(2);
  const told = await inWorkspace(server.database.db, person.workspaceId, (trx) => trx.selectFrom('events').selectAll().execute());
  expect(told.map(({ kind }) => kind)).toContain('platform_connected');
  const audit = await ask(person, 'GET', '/audit');
  const everything = JSON.stringify([
    told,
    server.logged,
    offered.body,
    body,
    audit.body,
    (await ask(person, 'GET', '/platforms')).body,
    rows.map((row) => ({ ...row, sealed_token: row.sealed_token?.toString('latin1') })),
  ]);
  for (const token of graph.lab.tokens.keys()) expect(everything).not.toContain(token);
  expect(everything).not.toContain('lab-app-secret');
});

test('a state opens once, in the browser that began, before its time is over, and while the person is signed in', async () => {
  const person = await registerPerson(server);
  addPage('21');
  const begin = async () => agree(await ask(person, 'POST', '/platforms/messenger/connect', {}), { pages: ['21'] });
  const refused = { status: 409, body: { error: { code: 'wrong_state' } } };

  const first = await begin();
  expect(await comeBack(server, { ...first, cookie: '' })).toMatchObject(refused);
  const other = await begin();
  expect(await comeBack(server, { ...first, cookie: other.cookie })).toMatchObject(refused);
  const forged = new URL(first.url);
  forged.searchParams.set('state', 'A'.repeat(43));
  expect(await comeBack(server, { ...first, url: forged })).toMatchObject(refused);
  expect((await comeBack(server, first)).status).toBe(303);
  expect(await comeBack(server, first)).toMatchObject(refused);

  server.clock.now = new Date(Date.now() + 11 * 60_000);
  expect(await comeBack(server, other)).toMatchObject(refused);
  server.clock.now = new Date();

  const late = await begin();
  await ask(person, 'POST', '/auth/logout', {});
  expect(await comeBack(server, late)).toMatchObject({ status: 401, body: { error: { code: 'session_ended' } } });
  expect(await stored(person)).toEqual([]);
});

test('what somebody’s log-in has brought is theirs alone, also among admins of one workspace', async () => {
  const person = await registerPerson(server);
  addPage('31');
  const connectId = await connectPages(person, ['31']);
  const colleague = { email: 'colleague@example.test', username: 'colleague', role: 'admin', password: 'twelve letters' };
  await ask(person, 'POST', '/people', colleague);
  const { accessToken } = (await server.call('POST', '/api/auth/login', { body: { email: colleague.email, password: colleague.password } })).body;
  expect((await ask({ ...person, token: accessToken }, 'GET', `/platform-connects/${connectId}`)).status).toBe(404);
  expect((await ask(await registerPerson(server), 'POST', `/platform-connects/${connectId}`, { externalIds: ['31'] })).status).toBe(404);
});

test('who says no comes back to the dashboard, which says so; so does a code that the platform refuses', async () => {
  const person = await registerPerson(server);
  const html = { accept: 'text/html' };
  const no = await agree(await ask(person, 'POST', '/platforms/messenger/connect', {}), { answer: 'no' });
  expect((await comeBack(server, no, html)).headers.get('location')).toBe('/settings/accounts?connect_failed=forbidden');
  const spent = await agree(await ask(person, 'POST', '/platforms/messenger/connect', {}));
  graph.lab.codes.clear();
  expect((await comeBack(server, spent, html)).headers.get('location')).toBe('/settings/accounts?connect_failed=send_refused');
});

test('Instagram is connected by its own log-in, whose token lasts 60 days, or beside its page', async () => {
  const person = await registerPerson(server);
  graph.lab.instagrams.set('41', { id: '41', username: 'lab.shop', byInstagram: true });
  const begun = await ask(person, 'POST', '/platforms/instagram/connect', {});
  const back = await agree(begun, { without: ['instagram_business_manage_messages'] });
  expect(back.url.hash).toBe('#_');
  const connectId = new URL((await comeBack(server, back)).headers.get('location') ?? '', server.url).searchParams.get('connect');
  expect((await ask(person, 'GET', `/platform-connects/${connectId}`)).body.choices).toMatchObject([
    { externalId: '41', username: 'lab.shop', missing: ['instagram_business_manage_messages'] },
  ]);
  const { body } = await ask(person, 'POST', `/platform-connects/${connectId}`, { externalIds: ['41'] });
  expect(body.rows).toMatchObject([{ login: 'instagram', username: 'lab.shop', ends: { what: 'token' } }]);
  expect((Date.parse(body.rows[0].expiresAt) - Date.now()) / 86_400_000).toBeCloseTo(60, 0);

  addPage('42', '43');
  graph.lab.instagrams.set('43', { id: '43', username: 'page.shop', byInstagram: false });
  const besidePage = await connectPages(person, ['42'], 'instagram');
  expect((await ask(person, 'POST', `/platform-connects/${besidePage}`, { externalIds: ['43'] })).body.rows).toMatchObject([
    { login: 'facebook', username: 'page.shop', expiresAt: null },
  ]);
  expect((await stored(person)).map(({ external_id, node_id }) => [external_id, node_id])).toEqual([
    ['41', '41'],
    ['43', '42'],
  ]);
});

test('a number of WhatsApp is tried before it is connected, and what is wrong is named', async () => {
  const person = await registerPerson(server);
  addNumber('51');
  addNumber('59', '799');
  const { token } = addToken(graph.lab, { kind: 'system', appId: graph.lab.settings.appId });
  const { token: foreign } = addToken(graph.lab, { kind: 'system', of: ['52', '700'] });
  const connect = (body: object) => server.call('POST', '/platforms/whatsapp/connect', { token: person.token, body });
  const given = { access_token: token, phone_number_id: '51', business_account_id: '700' };
  const fieldsOf = async (body: object) => Object.keys((await connect(body)).body.error.fields ?? {});
  expect(await fieldsOf({ ...given, access_token: 'EAAnobody0123' })).toEqual(['token']);
  expect(await fieldsOf({ ...given, access_token: foreign })).toEqual(['phoneNumberId']);
  expect(await fieldsOf({ ...given, business_account_id: '799' })).toEqual(['businessId']);
  expect(await fieldsOf({ ...given, phone_number_id: undefined })).toEqual(['phoneNumberId']);
  expect(await fieldsOf({ ...given, graphUrl: 'http://169.254.169.254' })).toEqual(['graphUrl']);
  expect(JSON.stringify(server.logged)).not.toContain('EAAnobody0123');

  graph.lab.settings.needsProof = true;
  const { status, body } = await connect(given);
  expect({ status, body }).toMatchObject({
    status: 201,
    body: {
      name: 'Shop',
      username: '+491512345678',
      platform: 'whatsapp',
      channel: 'whatsapp-cloud',
      expiresAt: null,
      ends: { what: 'version' },
      facts: { quality: 'GREEN' },
    },
  });
  expect((await ask(person, 'GET', '/accounts')).body.rows).toMatchObject([{ id: body.id, identity: '+491512345678' }]);
  const moved = await ask(person, 'PATCH', `/platforms/${body.id}`, { graphVersion: 'v23.0', name: 'Sales' });
  expect(moved.body).toMatchObject({ name: 'Sales', graphVersion: 'v23.0' });
  expect((await ask(person, 'PATCH', `/platforms/${body.id}`, { graphVersion: 'v19.0' })).status).toBeGreaterThanOrEqual(400);
});

test('an account is connected in one workspace at a time; disconnecting forgets its token and keeps its conversations', async () => {
  const [person, other] = [await registerPerson(server), await registerPerson(server)];
  for (const id of ['61', '62']) addNumber(id, '760');
  const { token } = addToken(graph.lab, { kind: 'system', appId: graph.lab.settings.appId });
  const connect = (who: Person, phoneNumberId: string) =>
    ask(who, 'POST', '/platforms/whatsapp/connect', { token, phoneNumberId, businessId: '760' });
  const { id } = (await connect(person, '61')).body;
  await connect(person, '62');
  expect((await connect(other, '61')).body.error.code).toBe('already_exists');

  expect((await ask(person, 'DELETE', `/platforms/${id}`)).status).toBe(204);
  expect((await ask(person, 'DELETE', `/platforms/${id}`)).status).toBe(204);
  expect([...graph.lab.subscriptions.keys()]).toEqual(['760']);
  const [row] = await stored(person);
  expect(row).toMatchObject({ sealed_token: null, disconnected_at: expect.any(Date) });
  expect((await ask(person, 'GET', `/platforms/${id}`)).body).toMatchObject({ state: 'disconnected', isActive: false });
  expect((await ask(person, 'GET', '/accounts')).body.rows).toContainEqual(expect.objectContaining({ id, pauseReason: 'disconnected' }));
  expect((await ask(person, 'POST', `/platforms/${id}/sync`)).status).toBe(409);

  expect((await connect(person, '61')).body).toMatchObject({ id, state: 'connected' });
  expect((await ask(person, 'GET', '/accounts')).body.rows).toContainEqual(expect.objectContaining({ id, pausedAt: null }));
  for (const one of await stored(person)) await ask(person, 'DELETE', `/platforms/${one.account_id}`);
  expect([...graph.lab.subscriptions.keys()]).toEqual([]);
  expect((await connect(other, '61')).status).toBe(201);
});

test('the cookie of a log-in is for the callback alone, and its state is kept as a hash', async () => {
  const person = await registerPerson(server);
  const begun = await ask(person, 'POST', '/platforms/messenger/connect', {});
  expect(begun.headers.get('set-cookie')).toMatch(/^patchbay_connect_[0-9a-f]{16}=.+; Path=\/api\/platforms\/callback; HttpOnly; SameSite=Lax$/);
  const url = new URL(begun.body.url);
  expect(url.searchParams.get('redirect_uri')).toBe(`${server.url}/api/platforms/callback`);
  const rows = await inWorkspace(server.database.db, person.workspaceId, (trx) => trx.selectFrom('platform_connects').select('state_hash').execute());
  expect(rows.map((row) => row.state_hash)).toEqual([
    createHash('sha256')
      .update(url.searchParams.get('state') ?? '')
      .digest(),
  ]);
});

test('what a platform has warned of stands at its account until somebody takes note; then its rest is over too', async () => {
  addNumber('56', '702');
  const token = addToken(graph.lab, { kind: 'system', of: ['56', '702'] }).token;
  const owner = await registerPerson(server);
  const { id } = (await ask(owner, 'POST', '/platforms/whatsapp/connect', { token, phoneNumberId: '56', businessId: '702' })).body;
  const place = { workspaceId: owner.workspaceId, accountId: id };
  const now = new Date();
  const until = new Date(now.getTime() + 60_000);
  await inWorkspace(server.database.db, owner.workspaceId, async (trx) => {
    await warnOf(trx, place, { whom: 'admin', reason: 'restricted', error: 'The platform answered 131042.', now });
    await warnOf(trx, place, { whom: 'admin', reason: 'restricted', error: 'The platform answered 131042.', now });
    await restAccount(trx, id, until);
  });
  const warned = (await ask(owner, 'GET', `/platforms/${id}`)).body;
  expect(warned).toMatchObject({ warning: { whom: 'admin', text: 'The platform answered 131042.' }, restsUntil: until.toISOString() });
  const { rows } = (await ask(owner, 'GET', '/audit')).body;
  expect(rows.filter((row: { action: string }) => row.action === 'platform_warned')).toHaveLength(1);
  const stranger = await registerPerson(server);
  expect((await ask(stranger, 'DELETE', `/platforms/${id}/warning`)).status).toBe(404);
  expect((await ask(owner, 'DELETE', `/platforms/${id}/warning`)).status).toBe(204);
  expect((await ask(owner, 'GET', `/platforms/${id}`)).body).toMatchObject({ warning: null, restsUntil: null });
});

test('templates are handed in, approved by the platform and synced; one that does not fit is refused before it is queued', async () => {
  addNumber('55', '701');
  const token = addToken(graph.lab, { kind: 'system', of: ['55', '701'] }).token;
  const owner = await registerPerson(server);
  const account = await ask(owner, 'POST', '/platforms/whatsapp/connect', { token, phoneNumberId: '55', businessId: '701' });
  const path = `/platforms/${account.body.id}/templates`;
  const body = { type: 'BODY', text: 'Hello {{1}}, it is ready.', example: { body_text: [['Ann']] } };
  const template = { name: 'ready', language: 'en_US', category: 'UTILITY', components: [body] };
  const odd = {
    ...template,
    components: [
      { type: 'BODY', text: 'Hello {{2}}' },
      { type: 'FOOTER', text: 'x'.repeat(61) },
    ],
  };
  expect((await ask(owner, 'POST', path, { template: odd })).body.error.fields).toEqual({
    body: expect.any(String),
    footer: 'is longer than 60 letters',
  });
  expect(graph.lab.templates.size).toBe(0);
  expect(await ask(owner, 'POST', path, { template })).toMatchObject({ status: 201, body: { rows: [{ name: 'ready', status: 'PENDING' }] } });
  const send = (name: string, body: string[]) =>
    ask(owner, 'POST', `/profiles/${account.body.id}/send`, { to: '+4915112345678', extras: { template: { name, language: 'en_US', body } } });
  const refusal = async (name: string, body: string[]) => (await send(name, body)).body.error?.fields;
  expect(await refusal('ready', ['Ann'])).toEqual({ extras: 'template_not_approved' });
  await inWorkspace(server.database.db, owner.workspaceId, (trx) =>
    trx.updateTable('platform_templates').set({ status: 'APPROVED' }).where('name', '=', 'ready').execute(),
  );
  expect(await refusal('ready', [])).toEqual({ extras: 'template_values' });
  expect(await refusal('other', [])).toEqual({ extras: 'template_unknown' });
  const sent = await send('ready', ['Ann']);
  expect(sent.status).toBe(202);
  expect((await ask(owner, 'GET', `/deliveries/${sent.body.deliveryId}`)).body).toMatchObject({ text: 'Hello Ann, it is ready.' });
  expect((await ask(owner, 'DELETE', `${path}/ready`)).status).toBe(204);
  expect((await ask(owner, 'GET', path)).body).toEqual({ rows: [] });
  expect(graph.lab.templates.size).toBe(0);
});
