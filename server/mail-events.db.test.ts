import { createHmac, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { makeSnsKey, snsCertUrl, snsTopic, wrapInSns } from '#channels/email/testing/sns.ts';
import { inWorkspace, type Trx } from '#sql/database.ts';
import { registerPerson, startTestServer, type TestServer } from './testing/start-test-server.ts';

const sns = makeSnsKey();
const fetched: string[] = [];
let server: TestServer;
let owner: Awaited<ReturnType<typeof registerPerson>>;
let accountId: string;
let address: string;
const secret = 'a secret of both sides';
beforeAll(async () => {
  server = await startTestServer({
    fetchText: async (url) => {
      fetched.push(url);
      return sns.certificate;
    },
  });
});
afterAll(() => server?.[Symbol.asyncDispose]());
beforeEach(async () => {
  owner = await registerPerson(server);
  const account = { name: 'mail', host: 'smtp.example', port: 465, security: 'tls', fromAddress: 'shop@example.com' };
  accountId = (await call('POST', '/mail-accounts', account)).body.id;
  const { body } = await call('PUT', `/mail-accounts/${accountId}/providers`, { provider: 'generic', secret });
  address = body.providers.find((one: { provider: string }) => one.provider === 'generic').path;
});

const call = (method: string, path: string, body?: object) => server.call(method, `/api${path}`, { token: owner.token, body });
const inside = <T>(work: (trx: Trx) => Promise<T>) => inWorkspace(server.database.db, owner.workspaceId, work);

/** A mail that went out to somebody: its delivery, contact and address. */
async function sentMail(to = `p${randomUUID()}@example.org`, state = 'sent') {
  const ids = { delivery: randomUUID(), contact: randomUUID(), talk: randomUUID() };
  await inside(async (trx) => {
    await sql`insert into contacts (id, workspace_id) values (${ids.contact}, ${owner.workspaceId})`.execute(trx);
    await sql`insert into aliases (workspace_id, contact_id, kind, value) values (${owner.workspaceId}, ${ids.contact}, 'email', ${to})`.execute(trx);
    await addDelivery(trx, { ...ids, to, state });
  });
  return { ...ids, to };
}
async function addDelivery(trx: Trx, one: { delivery: string; contact: string; to: string; state: string }) {
  await sql`insert into deliveries (id, workspace_id, account_id, contact_id, address_kind, address, state, platform_id, sent_at, body)
    values (${one.delivery}, ${owner.workspaceId}, ${accountId}, ${one.contact}, 'email', ${one.to}, ${one.state}, ${`<${one.delivery}@example.com>`}, now(), 'x')`.execute(
    trx,
  );
}

async function tell(events: object[], more: { secret?: string; path?: string } = {}) {
  const text = JSON.stringify({ events });
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = createHmac('sha256', more.secret ?? secret)
    .update(`${timestamp}.${text}`)
    .digest('hex');
  const headers = { 'content-type': 'application/json', 'x-patchbay-timestamp': timestamp, 'x-patchbay-signature': signature };
  return (await fetch(server.url + (more.path ?? address), { method: 'POST', body: text, headers })).status;
}
let number = 0;
const event = (kind: string, mail: { delivery?: string; to?: string }, more: object = {}) => {
  number += 1;
  return { id: `e${number}`, kind, recipient: mail.to, messageId: mail.delivery && `<${mail.delivery}@example.com>`, ...more };
};
const stateOf = (delivery: string) =>
  inside((trx) => trx.selectFrom('deliveries').select(['state', 'reason', 'error']).where('id', '=', delivery).executeTakeFirstOrThrow());
/** The address by a rule, the person on every channel by a complaint. */
const stoppedBy = (mail: { contact: string; to: string }) =>
  inside(async (trx) => {
    const person = await trx.selectFrom('suppressions').select('source').where('contact_id', '=', mail.contact).executeTakeFirst();
    const rule = await trx.selectFrom('address_rules').select('effect').where('value', '=', mail.to).executeTakeFirst();
    return person?.source ?? rule?.effect ?? null;
  });
const bounces = async (query = '') => (await call('GET', `/bounces${query}`)).body.rows;

const becomes: [kind: string, state: object, stopped: string | null][] = [
  ['hard', { state: 'failed', reason: 'bounced_hard', error: 'The mail came back (5.1.1): no such user' }, 'gone'],
  ['soft', { state: 'failed', reason: 'bounced_soft' }, null],
  ['policy', { state: 'failed', reason: 'bounced_policy' }, null],
  ['delayed', { state: 'sent', reason: null, error: null }, null],
  ['complaint', { state: 'sent', reason: null }, 'complaint'],
  ['auto_reply', { state: 'sent', reason: null }, null],
];
test.each(becomes)('%s: the delivery, its address and its person become what that means', async (kind, state, stopped) => {
  const mail = await sentMail();
  expect(await tell([event(kind, mail, { status: '5.1.1', diagnostic: 'no such user' })])).toBe(200);
  expect(await stateOf(mail.delivery)).toMatchObject(state);
  expect(await stoppedBy(mail)).toBe(stopped);
  expect(await bounces(`?contactId=${mail.contact}`)).toMatchObject([{ kind, deliveryId: mail.delivery, source: 'generic', recipient: mail.to }]);
});

test('what is planned for an address that is gone is skipped, what is planned for the person elsewhere stays', async () => {
  const mail = await sentMail();
  const [there, elsewhere] = [randomUUID(), randomUUID()];
  await inside(async (trx) => {
    await addDelivery(trx, { ...mail, delivery: there, state: 'planned' });
    await addDelivery(trx, { ...mail, delivery: elsewhere, to: `other-${mail.to}`, state: 'planned' });
  });
  await tell([event('hard', mail)]);
  expect(await stateOf(there)).toMatchObject({ state: 'skipped', reason: 'address_gone' });
  expect(await stateOf(elsewhere)).toMatchObject({ state: 'planned', reason: null });
  const { rows } = (await call('GET', '/address-rules?effect=gone')).body;
  expect(rows).toMatchObject([{ kind: 'email', value: mail.to, note: 'The mail came back.' }]);
  const write = (to: string) => call('POST', '/messages', { accountId, to, text: 'Are you there?' });
  expect((await write(mail.to)).body.error).toMatchObject({ code: 'send_refused', message: expect.stringContaining('came back for good') });
  expect((await write(`new-${mail.to}`)).status).toBe(202);
});

test('what comes again changes nothing', async () => {
  const mail = await sentMail();
  const one = event('hard', mail);
  for (let times = 0; times < 3; times += 1) expect(await tell([one, one])).toBe(200);
  expect(await bounces(`?deliveryId=${mail.delivery}`)).toHaveLength(1);
});

test('soft bounces of so many mails within so many days stop an address, policy refusals never do, and one that is allowed again starts anew', async () => {
  const first = await sentMail();
  const later = [randomUUID(), randomUUID(), randomUUID()];
  await inside(async (trx) => {
    for (const delivery of later) await addDelivery(trx, { ...first, delivery, state: 'sent' });
  });
  await tell([event('policy', first), ...later.map((delivery) => event('policy', { ...first, delivery }))]);
  expect(await stoppedBy(first)).toBeNull();
  // The same mail twice counts once.
  await tell([event('soft', first), event('soft', first), event('soft', { ...first, delivery: later[0] ?? '' })]);
  expect(await stoppedBy(first)).toBeNull();
  await tell([event('soft', { ...first, delivery: later[1] ?? '' })]);
  expect(await stoppedBy(first)).toBe('gone');
  await inside((trx) => trx.deleteFrom('address_rules').where('value', '=', first.to).execute());
  await tell([event('soft', { ...first, delivery: later[2] ?? '' })]);
  expect(await stoppedBy(first)).toBeNull();
  await call('PATCH', `/mail-accounts/${accountId}/incoming`, { softBounces: 1 });
  await tell([event('soft', { ...first, delivery: later[2] ?? '' })]);
  expect(await stoppedBy(first)).toBe('gone');
});

test('a report without a mail counts for the last one to its address, and for nobody whom this account has not written to', async () => {
  const [mail, old] = [await sentMail(), await sentMail()];
  await inside((trx) => sql`update deliveries set sent_at = now() - interval '20 days' where id = ${old.delivery}`.execute(trx));
  await tell([event('hard', { to: mail.to.toUpperCase() }), event('hard', { to: old.to }), event('hard', { to: 'no\0body@example.org' })]);
  expect(await Promise.all([mail, old].map(stoppedBy))).toEqual(['gone', null]);
  expect((await bounces()).map(({ deliveryId }: { deliveryId: string | null }) => deliveryId).sort()).toEqual([mail.delivery, null, null].sort());
});

test('a mail that is being sent right now is told of once more later', async () => {
  const mail = await sentMail(undefined, 'committing');
  const one = event('hard', mail);
  expect(await tell([one])).toBe(409);
  await inside((trx) => sql`update deliveries set state = 'sent' where id = ${mail.delivery}`.execute(trx));
  expect(await tell([one])).toBe(200);
  expect(await stateOf(mail.delivery)).toMatchObject({ state: 'failed' });
});

test('nobody gets in with another key, another address, or another account’s mail', async () => {
  const mail = await sentMail();
  expect(await tell([event('hard', mail)], { secret: 'not the secret' })).toBe(401);
  expect(await tell([event('hard', mail)], { path: '/api/mail-events/generic/0000' })).toBe(401);
  expect(await tell([event('hard', mail)], { path: address.replace('generic', 'unknown') })).toBe(404);
  const stranger = { secret, address };
  owner = await registerPerson(server);
  expect(await tell([event('hard', mail)], { path: stranger.address, secret: stranger.secret })).toBe(200);
  const other = { name: 'mail', host: 'smtp.example', port: 465, security: 'tls', fromAddress: 'other@example.com' };
  const otherId = (await call('POST', '/mail-accounts', other)).body.id;
  const { body } = await call('PUT', `/mail-accounts/${otherId}/providers`, { provider: 'generic', secret: 'a secret of theirs' });
  const theirs = body.providers.find((one: { provider: string }) => one.provider === 'generic').path;
  expect(await tell([event('complaint', mail)], { path: theirs, secret: 'a secret of theirs' })).toBe(200);
  expect(await bounces()).toMatchObject([{ kind: 'complaint', deliveryId: null, contactId: null }]);
  await call('PUT', `/mail-accounts/${otherId}/providers`, { provider: 'generic', secret: null });
  expect(await tell([event('complaint', mail)], { path: theirs, secret: 'a secret of theirs' })).toBe(401);
});

test('Amazon is answered when it asks whether the topic may send here, and its bounces are taken', async () => {
  const { body } = await call('PUT', `/mail-accounts/${accountId}/providers`, { provider: 'ses', secret: snsTopic });
  const path = body.providers.find((one: { provider: string }) => one.provider === 'ses').path;
  const post = async (bytes: Buffer) =>
    (await fetch(server.url + path, { method: 'POST', body: new Uint8Array(bytes), headers: { 'content-type': 'text/plain' } })).status;
  const subscribe = 'https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription';
  expect(await post(wrapInSns(sns.key, 'You have chosen…', { Type: 'SubscriptionConfirmation', Token: 't', SubscribeURL: subscribe }))).toBe(200);
  expect(fetched).toEqual([snsCertUrl, subscribe]);
  const mail = await sentMail();
  const bounce = {
    bounceType: 'Permanent',
    bounceSubType: 'General',
    bouncedRecipients: [{ emailAddress: mail.to, status: '5.1.1', diagnosticCode: 'smtp; 550 user unknown' }],
  };
  const headers = [{ name: 'Message-ID', value: `<${mail.delivery}@example.com>` }];
  expect(await post(wrapInSns(sns.key, { notificationType: 'Bounce', mail: { headers }, bounce }))).toBe(200);
  expect(await stoppedBy(mail)).toBe('gone');
  // The certificate of a thousand events is fetched once.
  expect(fetched).toEqual([snsCertUrl, subscribe]);
  expect((await call('GET', `/mail-accounts/${accountId}/incoming`)).body.providers[0]).toMatchObject({
    provider: 'ses',
    isOn: true,
    toldAt: expect.any(String),
  });
});

test('a mailbox keeps its password while it stays the same, and no reply says it', async () => {
  const box = { host: 'imap.example', port: 993, security: 'tls', username: 'shop', password: 'secret of the box' };
  const set = await call('PUT', `/mail-accounts/${accountId}/box`, box);
  expect(set.body.box).toMatchObject({ host: 'imap.example', folder: 'INBOX', readAt: null });
  expect(JSON.stringify(set.body)).not.toContain(box.password);
  const { password: _, ...same } = box;
  expect((await call('PUT', `/mail-accounts/${accountId}/box`, { ...same, folder: 'Replies' })).status).toBe(200);
  for (const path of ['box', 'box/test']) {
    const method = path === 'box' ? 'PUT' : 'POST';
    expect((await call(method, `/mail-accounts/${accountId}/${path}`, { ...same, host: 'imap.elsewhere.example' })).body.error.fields).toEqual({
      password: 'is missing',
    });
  }
  expect((await call('PUT', `/mail-accounts/${accountId}/box`, { ...box, security: 'none' })).status).toBe(400);
  expect((await call('POST', `/mail-accounts/${accountId}/box/test`, same)).body).toEqual({ mails: 0, folders: ['INBOX'] });
  expect((await call('DELETE', `/mail-accounts/${accountId}/box`)).status).toBe(204);
  expect((await call('GET', `/mail-accounts/${accountId}/incoming`)).body.box).toBeNull();
});
