import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeOneOfEach } from './testing/one-of-each.ts';
import { registerPerson, startTestServer, type TestServer } from './testing/start-test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

type Noun = { path: string; fields: object; method?: 'PUT'; change: Record<string, unknown> };

const nouns: Noun[] = [
  { path: '/profiles', fields: { name: 'Front desk', channel: 'converse' }, change: { name: 'Back office' } },
  { path: '/proxies', fields: { name: 'Berlin', kind: 'http', host: 'proxy.example', port: 3128 }, change: { host: 'other.example' } },
  { path: '/proxy-pools', fields: { name: 'Germany' }, change: { name: 'Austria' } },
  {
    path: '/mail-accounts',
    fields: { name: 'Office', host: 'smtp.example', port: 465, security: 'tls', fromAddress: 'office@example.test' },
    change: { host: 'mail.example' },
  },
  { path: '/templates', fields: { name: 'Hours', body: 'Hello {{name}}' }, method: 'PUT', change: { body: 'Good morning {{name}}' } },
  { path: '/lists', fields: { name: 'Spring' }, change: { name: 'Summer' } },
  { path: '/hooks', fields: { name: 'CRM', url: 'https://crm.example/', kinds: ['message_added'] }, change: { url: 'https://new.example/' } },
];

test.each(nouns)('$path: what is added is listed, read, changed and removed', async ({ path, fields, method = 'PATCH', change }) => {
  const { token } = await registerPerson(server);
  const ask = async (verb: string, at: string, body?: object) => server.call(verb, `/api${at}`, { token, body });
  const ids = async () => (await ask('GET', path)).body.rows.map((row: { id: string }) => row.id);
  const added = await ask('POST', path, fields);
  expect(added).toMatchObject({ status: 201, body: fields });
  const { id } = added.body;
  expect(await ids()).toEqual([id]);
  expect(await ask('GET', `${path}/${id}`)).toMatchObject({ status: 200, body: fields });
  expect((await ask(method, `${path}/${id}`, change)).status).toBe(200);
  expect(await ask('GET', `${path}/${id}`)).toMatchObject({ body: { ...fields, ...change } });
  expect((await ask('DELETE', `${path}/${id}`)).status).toBe(204);
  expect(await ids()).toEqual([]);
  expect((await ask('GET', `${path}/${id}`)).status).toBe(404);
});

test('a rule about an address is added, listed and removed', async () => {
  const { token } = await registerPerson(server);
  const rule = { effect: 'deny', kind: 'email', value: 'never@example.test' };
  const rows = async () => (await server.call('GET', '/api/address-rules', { token })).body.rows;
  const added = await server.call('POST', '/api/address-rules', { token, body: rule });
  expect(await rows()).toMatchObject([rule]);
  expect((await server.call('DELETE', `/api/address-rules/${added.body.id}`, { token })).status).toBe(204);
  expect(await rows()).toEqual([]);
});

test('a person of a list is added, listed, read, changed and taken off', async () => {
  const { owner, ids } = await makeOneOfEach(server);
  const ask = (verb: string, path: string, body?: object) => server.call(verb, `/api${path}`, { token: owner.token, body });
  const entries = async () => (await ask('GET', `/lists/${ids.lists}/entries`)).body.rows.map((row: { name: string }) => row.name);
  const { body: bea } = await ask('POST', `/lists/${ids.lists}/entries`, { name: 'Bea', jid: 'bea@example.test' });
  expect(await entries()).toEqual(expect.arrayContaining(['Anna', 'Bea']));
  expect((await ask('PATCH', `/contacts/${bea.id}`, { name: 'Beate' })).status).toBe(200);
  expect((await ask('GET', `/contacts/${bea.id}`)).body).toMatchObject({ name: 'Beate', jid: 'bea@example.test' });
  expect((await ask('DELETE', `/lists/${ids.lists}/entries/${bea.id}`)).status).toBe(204);
  expect(await entries()).toEqual(['Anna']);
});

test('a campaign is a draft that is read, changed and removed', async () => {
  const { owner, ids } = await makeOneOfEach(server);
  const ask = (verb: string, body?: object) => server.call(verb, `/api/campaigns/${ids.campaigns}`, { token: owner.token, body });
  expect((await ask('PATCH', { name: 'Autumn' })).status).toBe(200);
  expect((await ask('GET')).body).toMatchObject({ name: 'Autumn', state: 'draft' });
  expect((await ask('DELETE')).status).toBe(204);
  expect((await ask('GET')).status).toBe(404);
});
