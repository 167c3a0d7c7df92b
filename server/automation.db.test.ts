import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { signHook } from '#channels/hook-signature.ts';
import { inWorkspace } from '#sql/database.ts';
import { ingest } from '#sql/ingest.ts';
import { registerPerson, startTestServer, type TestServer } from './testing/start-test-server.ts';

let server: TestServer;
let owner: Awaited<ReturnType<typeof registerPerson>>;
let conversationId: string;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});
const call = (method: string, path: string, body?: unknown, token = owner.token) => server.call(method, `/api${path}`, { token, body });
beforeEach(async () => {
  owner = await registerPerson(server);
  const accountId: string = (await call('POST', '/profiles', { name: 'Ann', channel: 'converse' })).body.id;
  const message = {
    conversation: 'anna@x.test',
    peer: { kind: 'jid' as const, value: 'anna@x.test', name: 'Anna' },
    platformId: randomUUID(),
    direction: 'in' as const,
    kind: 'text' as const,
    text: 'Hi',
    at: new Date(),
    status: null,
  };
  const [taken] = await inWorkspace(server.database.db, owner.workspaceId, (trx) =>
    ingest(trx, { workspaceId: owner.workspaceId, accountId, messages: [message], now: new Date() }),
  );
  conversationId = taken?.conversationId ?? '';
});

const rule = (name: string, text: string, conditions: object[] = []) => ({
  name,
  trigger: { on: 'message' },
  conditions,
  acts: [{ do: 'answer', text }],
});

test('the bench says what would happen to a text and why, and nothing is sent or written', async () => {
  const { id: labelId } = (await call('POST', '/labels', { name: 'Price' })).body;
  await call('PUT', `/labels/${labelId}/words`, { words: ['price', 'Preis'], pattern: '' });
  await call('POST', '/automation/rules', rule('German', 'Fünf Euro.', [{ of: 'language', in: ['de'] }]));
  const { body: english } = await call('POST', '/automation/rules', rule('Priced', 'Five.', [{ of: 'tag', labelIds: [labelId] }]));
  const { body, status } = await call('POST', '/automation/test', { text: 'What is the price of this?' });
  expect(status).toBe(200);
  expect(body).toMatchObject({ outcome: 'answered', language: 'en', intents: ['price', 'question'], labelIds: [labelId], answers: ['Five.'] });
  expect(body.steps).toEqual([
    { by: { is: 'rule', id: expect.any(String), name: 'German' }, code: 'condition_failed', detail: 'language' },
    { by: { is: 'rule', id: english.id, name: 'Priced' }, code: 'did', detail: 'answer' },
  ]);
  const draft = { ...rule('Draft', 'Six.'), id: english.id, isOn: true };
  expect((await call('POST', '/automation/test', { text: 'Guten Tag, wie geht es Ihnen?', rule: draft })).body.answers).toEqual([
    'Fünf Euro.',
    'Six.',
  ]);
  expect((await call('POST', '/automation/test', { text: 'STOP', rule: draft })).body).toMatchObject({ outcome: 'silent', answers: [] });
  expect((await call('GET', '/automation/log')).body.rows).toEqual([]);
  expect((await call('GET', '/messages')).body.rows).toHaveLength(1);
});

test('rules are put in order, changed and removed; what could not be used is refused with its place', async () => {
  const ids: string[] = [];
  for (const name of ['a', 'b', 'c']) ids.push((await call('POST', '/automation/rules', rule(name, 'x'))).body.id);
  const ordered = await call('PUT', '/automation/rules/order', { ids: [ids[2], ids[0]] });
  expect(ordered.body.rows.map((row: { name: string }) => row.name)).toEqual(['c', 'a', 'b']);
  expect((await call('PATCH', `/automation/rules/${ids[0]}`, { isOn: false })).body).toMatchObject({
    name: 'a',
    isOn: false,
    acts: [{ do: 'answer' }],
  });
  expect((await call('DELETE', `/automation/rules/${ids[0]}`)).status).toBe(204);
  expect((await call('POST', '/automation/rules', rule('bad', 'x', [{ of: 'pattern', pattern: '(a' }]))).body.error).toMatchObject({
    code: 'invalid_input',
  });
  expect((await call('POST', '/automation/rules', rule('bad', '{{#if}}'))).body.error.code).toBe('template_invalid');
  const unknown = { ...rule('bad', 'x'), acts: [{ do: 'label', labelIds: [randomUUID()] }] };
  expect((await call('POST', '/automation/rules', unknown)).body.error.fields).toEqual({ acts: 'names unknown labels' });
});

test('a macro does all of its acts as its person, once for each key', async () => {
  const { id: labelId } = (await call('POST', '/labels', { name: 'Done' })).body;
  const acts = [
    { do: 'answer', text: 'Thank you, {{first_name}}.' },
    { do: 'label', labelIds: [labelId] },
    { do: 'state', state: 'resolved' },
  ];
  const { body: macro } = await call('POST', '/macros', { name: 'Close', acts });
  const run = () => call('POST', `/conversations/${conversationId}/macros`, { macroId: macro.id, clientKey: 'one' });
  expect((await run()).body).toMatchObject({ outcome: 'answered' });
  expect((await run()).body).toMatchObject({ outcome: 'answered' });
  const { body: messages } = await call('GET', `/conversations/${conversationId}/messages`);
  expect(messages.rows.map((row: { text: string }) => row.text)).toEqual(['Thank you, Anna.', 'Hi']);
  expect((await call('GET', `/conversations/${conversationId}`)).body).toMatchObject({ state: 'resolved', labels: [{ name: 'Done' }] });
  const [logged] = (await call('GET', `/automation/log?conversationId=${conversationId}`)).body.rows;
  expect(logged).toMatchObject({ cause: 'macro', outcome: 'answered', steps: [{ by: { is: 'macro', name: 'Close' }, code: 'did' }] });
});

test('a bot keeps its secret to itself, and needs an address', async () => {
  const secret = 'whsec_c2VjcmV0IG9mIHRoZSB0ZXN0';
  const fields = { name: 'Helper', kind: 'http', settings: { url: 'https://bot.example.org/answer' } };
  expect((await call('POST', '/bots', fields)).body.error.fields).toEqual({ secret: 'is missing' });
  const made = await call('POST', '/bots', { ...fields, secret });
  expect(made.body).toMatchObject({ hasSecret: true, answersPerHour: 60 });
  const { body: listed } = await call('GET', '/bots');
  expect(listed.rows.map((row: { kind: string }) => row.kind)).toEqual(['rules', 'http']);
  expect(JSON.stringify(listed)).not.toContain(secret);
  expect((await call('PATCH', `/bots/${made.body.id}`, { isOn: false, secret: 'whsec_YW5vdGhlciBzZWNyZXQgb2YgdGhlIHRlc3Q=' })).body).toMatchObject({
    isOn: false,
    name: 'Helper',
  });
  expect((await call('POST', '/bots', { name: 'Other', kind: 'openai', settings: { url: 'https://x.example.org/v1' } })).status).toBe(400);
  expect((await call('DELETE', `/bots/${listed.rows[0].id}`)).body.error.code).toBe('wrong_state');
});

test('a person takes a conversation on, and lets bots back', async () => {
  await call('POST', '/automation/rules', rule('a', 'x'));
  const path = `/conversations/${conversationId}/bots`;
  expect((await call('GET', path)).body).toEqual({ areSilent: false, since: null, hasBots: true });
  expect((await call('PUT', path, { areSilent: true })).body).toMatchObject({ areSilent: true, since: expect.any(String) });
  expect((await call('PUT', path, { areSilent: false })).body).toMatchObject({ areSilent: false });
});

test('an outside bot pushes an answer under its signature, once for each id, and its status is told', async () => {
  const secret = 'whsec_c2VjcmV0IG9mIHRoZSB0ZXN0';
  const { body: bot } = await call('POST', '/bots', { name: 'Helper', kind: 'http', secret, settings: { url: 'https://bot.example.org/' } });
  const push = async (sent: object, { id = 'one', by = secret, at = new Date() } = {}) => {
    const body = JSON.stringify(sent);
    const headers = { 'content-type': 'application/json', 'x-patchbay-bot': bot.id, ...signHook(by, { id, at, body }) };
    const reply = await fetch(`${server.url}/api/bot/webhook`, { method: 'POST', headers, body });
    return { status: reply.status, body: await reply.json() };
  };
  const said = { conversationId, text: 'Five euros.' };
  expect((await push(said, { by: 'whsec_c29tZWJvZHkgZWxzZSdzIHNlY3JldA==' })).status).toBe(401);
  expect((await push(said, { at: new Date(Date.now() - 600_000) })).status).toBe(401);
  expect((await push({ ...said, conversationId: randomUUID() })).status).toBe(404);
  expect((await push(said)).body).toMatchObject({ outcome: 'answered', isRepeated: false });
  expect((await push(said)).body).toMatchObject({ outcome: 'answered', isRepeated: true });
  expect((await push({ conversationId, handOver: true }, { id: 'two' })).body).toMatchObject({ outcome: 'handed_over' });
  expect((await push(said, { id: 'three' })).body).toMatchObject({ outcome: 'silent', steps: [{ detail: 'handed_over' }] });
  const { body: messages } = await call('GET', `/conversations/${conversationId}/messages`);
  expect(messages.rows.map((row: { text: string }) => row.text)).toEqual(['Five euros.', 'Hi']);
  const { body: status } = await call('GET', '/bot/status');
  expect(status).toMatchObject({
    rules: { on: 0, off: 0 },
    waiting: 0,
    handedOver: 1,
    lastDay: { answered: 1, handed_over: 1, silent: 1, failed: 0 },
  });
  expect(status.bots[1]).toMatchObject({ name: 'Helper', answersThisHour: 1 });
});
