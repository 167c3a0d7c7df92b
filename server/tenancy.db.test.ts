import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Contract, contract } from '#core/api/contract.ts';
import type { Endpoint } from '#core/api/endpoint.ts';
import { may, Role } from '#core/permission.ts';
import type { ProfileRemote } from './profiles.ts';
import { makeOneOf, makeOneOfEach, type OneOfEach } from './testing/one-of-each.ts';
import { registerPerson, startTestServer, type TestServer } from './testing/start-test-server.ts';

type Name = keyof Contract;
const endpoints = Object.entries(contract) as [Name, Endpoint][]; // Object.entries widens the names of a constant to string.
const ofOneRow = endpoints.filter(([, one]) => one.path.includes('/:id'));

const mailBox = { host: 'imap.example', port: 993, security: 'tls', username: 'a', password: 'b' };
const filter = { match: 'all', conditions: [{ of: 'added', is: 'within', days: 30 }] };
/** What each endpoint with a body is asked here. */
const bodies: Partial<Record<Name, object>> = {
  changePerson: { role: 'author' },
  suppressContact: { note: '' },
  unsuppressContact: { note: 'agreed again by phone' },
  addSegment: { name: 'New', filter },
  countPeople: { filter },
  changeSegment: { name: 'Newer' },
  addContactField: { name: 'City' },
  changeContactField: { name: 'Town' },
  mergeContacts: { otherId: randomUUID() },
  splitContact: { addresses: [{ kind: 'jid', value: 'anna@example.test' }] },
  recordConsent: { state: 'given', evidence: 'said so at the counter' },
  askContactToConfirm: { listId: randomUUID() },
  addEntry: { jid: 'bob@example.test' },
  changeContact: { name: 'Bob' },
  changeList: { name: 'Another name' },
  loginByCode: { phone: '+491701234567' },
  loginByPassword: { password: 'a password' },
  checkNumber: { phone: '+491701234567' },
  exportProfile: { passphrase: 'a long passphrase' },
  exportStorageState: { passphrase: 'a long passphrase' },
  sendFromProfile: { to: 'anna@example.test', text: 'Hi' },
  replyTo: { text: 'Hi' },
  sendMessage: { conversationId: randomUUID(), text: 'Hi' },
  archiveConversation: { archived: true },
  addNote: { text: 'Hi' },
  keepDraft: { text: 'Hi', clientKey: 'one' },
  addCannedAnswer: { shortcut: 'hello', body: 'Hello' },
  addSavedView: { name: 'Mine', filter: {} },
  addLabel: { name: 'Invoice' },
  addTeam: { name: 'Accounts' },
  resolveDelivery: { as: 'sent' },
  setMailBox: mailBox,
  testMailBox: mailBox,
  setMailProvider: { provider: 'generic', secret: 'a secret of both' },
  changePlatform: { name: 'Another name' },
  connectWhatsapp: { token: 'a token of nobody', phoneNumberId: '1', businessId: '1' },
  finishPlatformConnect: { externalIds: ['1'] },
  addPlatformTemplate: { template: { name: 'ready', language: 'en_US', category: 'UTILITY', components: [{ type: 'BODY' }] } },
  actInConversation: { act: { is: 'seen' } },
  runMacro: { macroId: randomUUID() },
  setLabelWords: { words: [], pattern: '' },
  repeatCampaign: { again: { each: 'day', at: '09:00' } },
  silenceBotsIn: { areSilent: true },
  setCapacity: { capacity: 5 },
};
/** A row in this state refuses, but it is there: the owner is told so and never "not found". */
const refusesOwner: Partial<Record<Name, number>> = {
  // It asks nobody.
  askToConfirm: 409,
  askContactToConfirm: 404,
  // There is no other contact, no other address and no merge.
  mergeContacts: 404,
  splitContact: 400,
  undoMerge: 404,
  removeProfile: 409,
  exportProfile: 409,
  pauseCampaign: 409,
  resumeCampaign: 409,
  removeList: 409,
  retryImport: 409,
  removeMailBox: 404,
  finishPlatformConnect: 400,
  // Nothing answers where its platform should be.
  subscribePlatform: 502,
  // A page has no templates, and a web messenger is told nothing.
  addPlatformTemplate: 409,
  removePlatformTemplate: 409,
  actInConversation: 409,
  // It came in.
  cancelMessage: 409,
  // Of a macro that nobody has.
  runMacro: 404,
};

const step = { state: 'needs_qr' as const, why: null, qr: null, qrAt: null, linkCode: null, identity: null };
const remote: ProfileRemote = {
  login: async () => step,
  me: async () => ({ identity: null, state: 'ready' }),
  unread: async () => ({ rows: [] }),
  dialogs: async () => ({ rows: [] }),
  checkNumber: async (_place, phone) => ({ phone, exists: null }),
  screenshot: async () => Buffer.from('png'),
};

let server: TestServer;
let stranger: Awaited<ReturnType<typeof registerPerson>>;
beforeAll(async () => {
  server = await startTestServer({ remote });
  stranger = await registerPerson(server);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

const ask = (token: string | undefined, [name, { method, path }]: [Name, Endpoint], ids: Partial<OneOfEach> = {}) => {
  const noun = path.split('/')[1] as keyof OneOfEach; // Nouns that are not in the table have no :id.
  const filled = path
    .replace(':id', ids[noun] ?? randomUUID())
    .replace(':contactId', ids.contacts ?? randomUUID())
    .replace(':mergeId', randomUUID())
    .replace(':step', '0')
    .replace(':name', 'ready');
  const takesBody = contract[name].method !== 'GET' && 'body' in contract[name];
  const body = name === 'startImport' ? importForm() : (bodies[name] ?? {});
  return server.call(method, `/api${filled}`, { token, body: takesBody ? body : undefined });
};

function importForm(): FormData {
  const form = new FormData();
  form.append('file', new Blob(['name,jid\nBob,bob@example.test\n']), 'people.csv');
  return form;
}

describe('a row of another workspace does not exist', () => {
  test.each(ofOneRow)('%s', async (name, definition) => {
    const { owner, ids } = await makeOneOf(server, definition.path.split('/')[1] ?? '');
    const refused = await ask(stranger.token, [name, definition], ids);
    expect({ status: refused.status, code: refused.body?.error?.code }).toEqual({ status: 404, code: 'not_found' });
    const allowed = await ask(owner.token, [name, definition], ids);
    expect({ status: allowed.status, error: allowed.status < 300 ? undefined : allowed.body.error.code }).toMatchObject({
      status: refusesOwner[name] ?? definition.status ?? 200,
    });
  });
});

test('lists show the own workspace only', async () => {
  await makeOneOfEach(server);
  for (const entry of endpoints.filter(([, one]) => one.method === 'GET' && !one.path.includes(':') && one.allows !== 'public')) {
    const { body } = await ask(stranger.token, entry);
    const rows = body.rows ?? [];
    expect({
      name: entry[0],
      rows: rows.filter(
        (row: { id?: string; kind?: string; isKnown?: boolean }) =>
          row.id && row.id !== stranger.personId && row.kind !== 'rules' && !row.isKnown && entry[0] !== 'listAudit',
      ),
    }).toEqual({ name: entry[0], rows: [] });
  }
});

describe.each(Role.options)('the role %s', (role) => {
  let token: string;
  beforeAll(async () => {
    const owner = await registerPerson(server);
    token = owner.token;
    if (role === 'owner') return;
    const username = `${role}${randomUUID().slice(0, 8)}`;
    await server.call('POST', '/api/people', { token, body: { email: `${username}@example.test`, username, role, password: 'twelve letters' } });
    token = (await server.call('POST', '/api/auth/login', { body: { email: username, password: 'twelve letters' } })).body.accessToken;
  });

  test.each(endpoints.filter(([name, one]) => one.allows !== 'public' && name !== 'logout'))(
    'may %s as the contract says',
    async (name, definition) => {
      const { allows } = definition;
      const isAllowed = allows === 'signed_in' || allows === 'public' || may(role, allows);
      const { status, body } = await ask(token, [name, definition]);
      if (isAllowed) expect([401, 403]).not.toContain(status);
      else expect({ status, code: body.error.code }).toEqual({ status: 403, code: 'forbidden' });
    },
  );
});

test.each(endpoints.filter(([, one]) => one.allows !== 'public'))('%s is closed to who is not signed in', async (name, definition) => {
  expect((await ask(undefined, [name, definition])).status).toBe(401);
});

test.each(endpoints.filter(([, one]) => one.body))('%s refuses a field that it does not know, by its name', async (name, definition) => {
  const path = definition.path.replace(':id', randomUUID()).replace(':mergeId', randomUUID());
  const { status, body } = await server.call(definition.method, `/api${path}`, { token: stranger.token, body: { ...bodies[name], unheardOf: 1 } });
  expect(status).toBe(400);
  expect(body.error.fields).toHaveProperty('unheardOf');
});
