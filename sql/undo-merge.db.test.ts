import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addTestWorkspace, createTestDatabase, type TestDatabase } from '#e2e/test-database.ts';
import { listConsents } from './consents.ts';
import { inWorkspace, type Trx } from './database.ts';
import { eraseContact } from './erase-contact.ts';
import { beginErasure, runErasure } from './erasures.ts';
import { exportFacts } from './export-contact.ts';
import { mergeContacts } from './merge-contacts.ts';
import { splitContact } from './split-contact.ts';
import { suppressContact } from './suppressions.ts';
import { undoMerge } from './undo-merge.ts';

let database: TestDatabase;
let workspaceId: string;
let personId: string;
beforeAll(async () => {
  database = await createTestDatabase();
  workspaceId = await addTestWorkspace(database.db);
  personId = (await inside((trx) => trx.selectFrom('people').select('id').executeTakeFirstOrThrow())).id;
});
afterAll(() => database[Symbol.asyncDispose]());

const inside = <T>(work: (trx: Trx) => Promise<T>): Promise<T> => inWorkspace(database.db, workspaceId, work);
async function add(table: string, values: Record<string, unknown>): Promise<string> {
  const all = { workspace_id: workspaceId, ...values };
  const columns = sql.join(Object.keys(all).map((name) => sql.ref(name)));
  const { rows } = await inside((trx) =>
    sql<{
      id: string;
    }>`insert into ${sql.table(table)} as t (${columns}) values (${sql.join(Object.values(all))}) returning to_jsonb(t) ->> 'id' as id`.execute(trx),
  );
  return rows[0]?.id ?? '';
}
async function addPerson(name: string): Promise<{ id: string; phone: string }> {
  const phone = `+4915${String(Math.random()).slice(2, 11).padEnd(9, '0')}`;
  const id = await add('contacts', { name });
  await add('aliases', { contact_id: id, kind: 'phone', value: phone, typed: phone });
  return { id, phone };
}
const addAccount = () => add('accounts', { channel: 'whatsapp', addressed_by: 'phone', name: randomUUID() });
const addTalk = (contactId: string, accountId: string, peer: string, more: Record<string, unknown> = {}) =>
  add('conversations', { contact_id: contactId, account_id: accountId, peer: peer.slice(1), ...more });
const talksOf = (contactId: string) =>
  inside((trx) => trx.selectFrom('conversations').select(['id', 'peer', 'state', 'assigned_to']).where('contact_id', '=', contactId).execute());
const merge = (from: string, into: string) => inside((trx) => mergeContacts(trx, { workspaceId, from, into, personId, now: new Date() }));
const undo = (contactId: string, mergeId: string) => inside((trx) => undoMerge(trx, { workspaceId, contactId, mergeId, now: new Date() }));
const run = (statement: ReturnType<typeof sql>) => inside((trx) => statement.execute(trx));

test('a merge is taken back also when a list, a label, a person, an account or a batch of then is gone', async () => {
  const [into, from, listId, labelId] = [
    await addPerson('Anna'),
    await addPerson('Bob'),
    await add('lists', { name: randomUUID() }),
    await add('labels', { name: randomUUID().slice(0, 20), colour: 'red' }),
  ];
  const [accountId, goneAccountId] = [await addAccount(), await addAccount()];
  const colleague = await add('people', {
    email: `${randomUUID()}@example.test`,
    username: randomUUID().slice(0, 20),
    name: 'C',
    role: 'operator',
    password_hash: 'x',
  });
  for (const { id, phone } of [into, from]) {
    await add('list_entries', { list_id: listId, contact_id: id });
    await addTalk(id, goneAccountId, phone);
    const conversation_id = await addTalk(id, accountId, phone, { assigned_to: id === from.id ? colleague : null });
    await add('conversation_labels', { conversation_id, label_id: labelId, state: 'open', is_unread: false, last_message_at: new Date() });
    const batchId = await add('batches', { person_id: personId, change: '{}', total: 1 });
    await add('batch_rows', { batch_id: batchId, conversation_id });
    await add('drafts', { person_id: colleague, conversation_id, text: 'Dear', client_key: conversation_id });
  }
  const mergeId = await merge(from.id, into.id);
  for (const [table, id] of [
    ['lists', listId],
    ['labels', labelId],
    ['accounts', goneAccountId],
    ['people', colleague],
  ] as const)
    await run(sql`delete from ${sql.table(table)} where id = ${id}`);
  await run(sql`delete from batches`);
  await undo(into.id, mergeId);
  expect(await talksOf(from.id)).toEqual([{ id: expect.any(String), peer: from.phone.slice(1), state: 'open', assigned_to: null }]);
});

test('an answer goes to whom it is shown for: what somebody wrote since goes with their address', async () => {
  const [into, from] = [await addPerson('Anna'), await addPerson('Bob')];
  const [shared, since] = [await addAccount(), await addAccount()];
  await addTalk(into.id, shared, into.phone);
  await addTalk(from.id, shared, from.phone);
  const mergeId = await merge(from.id, into.id);
  // As a message from this address does it.
  await run(sql`update conversations set peer = ${from.phone.slice(1)} where contact_id = ${into.id}`);
  await addTalk(into.id, since, from.phone);
  await undo(into.id, mergeId);
  expect((await talksOf(into.id)).map((row) => row.peer)).toEqual([into.phone.slice(1)]);
  expect((await talksOf(from.id)).map((row) => row.peer)).toEqual([from.phone.slice(1), from.phone.slice(1)]);
});

test('a draft that was sent since does not come back', async () => {
  const [into, from, accountId] = [await addPerson('Anna'), await addPerson('Bob'), await addAccount()];
  await addTalk(into.id, accountId, into.phone);
  const conversation_id = await addTalk(from.id, accountId, from.phone);
  await add('drafts', { person_id: personId, conversation_id, text: 'Dear', client_key: conversation_id });
  const mergeId = await merge(from.id, into.id);
  await run(sql`delete from drafts`);
  await undo(into.id, mergeId);
  const { rows } = await run(sql`select from drafts`);
  expect(rows).toEqual([]);
});

test('a conversation that is open, or will be, is so in the one that stays', async () => {
  const [into, from] = [await addPerson('Anna'), await addPerson('Bob')];
  const [first, second] = [await addAccount(), await addAccount()];
  const asleep = { snoozed_at: new Date(), snoozed_until: new Date(Date.now() + 1e9) };
  await addTalk(into.id, first, into.phone, asleep);
  await addTalk(from.id, first, from.phone);
  await addTalk(into.id, second, into.phone, { archived_at: new Date() });
  await addTalk(from.id, second, from.phone, asleep);
  const mergeId = await merge(from.id, into.id);
  expect((await talksOf(into.id)).map((row) => row.state).sort()).toEqual(['open', 'snoozed']);
  await undo(into.id, mergeId);
  expect((await talksOf(into.id)).map((row) => row.state).sort()).toEqual(['archived', 'snoozed']);
});

test('two who merge the same pair at once make one merge', async () => {
  const [into, from] = [await addPerson('Anna'), await addPerson('Bob')];
  const done = await Promise.allSettled([merge(from.id, into.id), merge(from.id, into.id), merge(into.id, from.id)]);
  expect(done.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
  for (const one of done) if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'not_found' });
});

test('somebody who is merged before their erasure runs is erased as who they are now', async () => {
  const [into, from] = [await addPerson('Anna'), await addPerson('Bob')];
  const begin = { workspaceId, contactId: from.id, personId, keepsAway: false, now: new Date() };
  const { id: erasureId } = await inside((trx) => beginErasure(trx, { send: async () => undefined } as never, begin));
  await merge(from.id, into.id);
  await inside((trx) => runErasure(trx, { workspaceId, erasureId, now: new Date() }));
  const { rows } = await run(sql`select from aliases where value in (${into.phone}, ${from.phone})`);
  expect(rows).toEqual([]);
});

test('what a merge keeps goes with the person it was about, also when they came out of the other one again', async () => {
  const [into, from] = [await addPerson('Anna'), await addPerson('Bobby Tables')];
  await merge(from.id, into.id);
  const split = {
    workspaceId,
    contactId: into.id,
    addresses: [{ kind: 'phone' as const, value: from.phone }],
    name: 'Bob',
    personId,
    now: new Date(),
  };
  const otherId = await inside((trx) => splitContact(trx, split));
  await inside((trx) => eraseContact(trx, { workspaceId, contactId: otherId, keepsAway: false }));
  const { rows } = await run(sql`select from merges where before::text like ${`%${from.phone}%`}`);
  expect(rows).toEqual([]);
});

test('who comes out again has the ledger of then, also of whom they were, and nothing of who is merged in later', async () => {
  const [into, from, late] = [await addPerson('Anna'), await addPerson('Bob'), await addPerson('Carla')];
  for (const { id } of [into, from, late])
    await inside((trx) => suppressContact(trx, { workspaceId, contactId: id, source: 'stop_word', evidence: `said by ${id}`, now: new Date() }));
  await merge(from.id, into.id);
  const split = {
    workspaceId,
    contactId: into.id,
    addresses: [{ kind: 'phone' as const, value: from.phone }],
    name: 'Bob',
    personId,
    now: new Date(),
  };
  const otherId = await inside((trx) => splitContact(trx, split));
  await merge(late.id, into.id);
  const { rows } = await inside((trx) => listConsents(trx, { contactId: otherId, limit: 9 }));
  expect(rows.map((row) => row.evidence).toSorted()).toEqual([`said by ${into.id}`, `said by ${from.id}`].toSorted());
  const { consents } = await inside((trx) => exportFacts(trx, otherId));
  expect(consents).toHaveLength(2);
});

test('a saved view goes only when somebody looks for the person in it', async () => {
  const { id } = await addPerson('Anna');
  await add('aliases', { contact_id: id, kind: 'handle', value: 'open' });
  await add('saved_views', { name: 'all', filter: JSON.stringify({ state: 'open' }) });
  await inside((trx) => eraseContact(trx, { workspaceId, contactId: id, keepsAway: false }));
  const { rows } = await run(sql`select from saved_views`);
  expect(rows).toHaveLength(1);
});
