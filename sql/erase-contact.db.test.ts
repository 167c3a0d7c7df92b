import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AddressKind } from '#core/channel.ts';
import { addTestWorkspace, createTestDatabase, type TestDatabase } from '#e2e/test-database.ts';
import { inWorkspace, type Trx } from './database.ts';
import { contactFor } from './direct-send.ts';
import { eraseContact } from './erase-contact.ts';
import { mergeContacts } from './merge-contacts.ts';
import { suppressContact } from './suppressions.ts';
import { writeDownConsent } from './write-down-consent.ts';

let database: TestDatabase;
let admin: pg.Client;
let workspaceId: string;
let personId: string;
let accountId: string;
let listId: string;
let campaignId: string;
beforeAll(async () => {
  database = await createTestDatabase();
  admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  workspaceId = await addTestWorkspace(database.db);
  personId = (await inside((trx) => trx.selectFrom('people').select('id').executeTakeFirstOrThrow())).id;
  accountId = await add('accounts', { channel: 'whatsapp-web', addressed_by: 'phone', name: 'one' });
  listId = await add('lists', { name: 'List' });
  campaignId = await add('campaigns', { name: 'News', state: 'running' });
});
afterAll(async () => {
  await admin.end();
  await database[Symbol.asyncDispose]();
});

const inside = <T>(work: (trx: Trx) => Promise<T>): Promise<T> => inWorkspace(database.db, workspaceId, work);
/** A row of any table, as the owner of the database writes it; its id. */
async function add(table: string, values: Record<string, unknown>): Promise<string> {
  const all = { workspace_id: workspaceId, ...values };
  const places = Object.keys(all).map((_, at) => `$${at + 1}`);
  const { rows } = await admin.query(
    `insert into ${table} as t (${Object.keys(all)}) values (${places}) returning to_jsonb(t) ->> 'id' as id`,
    Object.values(all),
  );
  return rows[0].id;
}

/** Puts a person and their mark wherever the product may put them; their contact. */
async function plant(mark: string, phone: string): Promise<string> {
  const mail = `${mark}@example.test`;
  const [id, other] = [await add('contacts', { name: mark, fields: { city: mark } }), await add('contacts', { name: `${mark} twice` })];
  await add('aliases', { contact_id: id, kind: 'phone', value: `+${phone}`, typed: `+${phone}` });
  await add('aliases', { contact_id: other, kind: 'email', value: mail, typed: mail.toUpperCase() });
  await add('list_entries', { list_id: listId, contact_id: id });
  await add('confirmations', { contact_id: id, kind: 'opt_in', address: mail, asked_at: new Date(), sent_at: new Date(), expires_at: new Date() });
  const [mediaId, sentId] = [await addFile(mark), await addFile(mark)];
  const conversation_id = await add('conversations', { account_id: accountId, contact_id: id, peer: phone, title: mark });
  const sent = { account_id: accountId, contact_id: id, conversation_id, address_kind: 'phone', address: `+${phone}`, name: mark, body: mark };
  const rest = { state: 'sent', merge: { name: mark }, error: mark, extras: { title: mark }, subject: mark };
  const direct = await add('deliveries', { ...sent, ...rest, platform_id: `d${mark}`, media_id: sentId });
  await add('deliveries', { ...sent, ...rest, campaign_id: campaignId, platform_id: `c${mark}` });
  const platform_id = `m${mark}`;
  const message = { account_id: accountId, conversation_id, direction: 'in', kind: 'text', body: mark, at: new Date() };
  const message_id = await add('messages', { ...message, platform_id, media_id: mediaId });
  await add('message_words', { message_id, at: new Date(), words: mark });
  await add('message_marks', { account_id: accountId, platform_id, kind: 'reaction', sender: phone, value: mark, at: new Date() });
  await add('message_marks', {
    account_id: accountId,
    platform_id: randomUUID(),
    kind: 'preference',
    sender: phone,
    value: 'resume',
    at: new Date(),
  });
  await add('incoming_files', { account_id: accountId, platform_id, name: mark, url: `https://files.test/${mark}` });
  await add('conversation_notes', { conversation_id, body: mark });
  await add('drafts', { person_id: personId, conversation_id, text: mark, client_key: randomUUID() });
  const trace = { account_id: accountId, outcome: 'ok', started_at: new Date(), ended_at: new Date(), sealed_trace: Buffer.from(mark) };
  await add('runs', { ...trace, flow: 'send', delivery_id: direct });
  await add('runs', { ...trace, flow: 'read' });
  await add('bounces', {
    account_id: accountId,
    source: 'mailbox',
    source_id: mark,
    kind: 'soft',
    contact_id: id,
    recipient: mail,
    diagnostic: mark,
  });
  await add('address_rules', { effect: 'gone', kind: 'email', value: mail, note: mark });
  const import_id = await add('imports', { list_id: listId, file_name: 'people.csv', mapping: {}, state: 'failed' });
  await add('import_rejects', { import_id, row: 1, value: mail, code: 'duplicate', reason: 'twice' });
  await add('import_files', { import_id, content: Buffer.from(`mail\n${mail}`) });
  await add('webhook_deliveries', {
    platform: 'whatsapp',
    body: Buffer.from(`{"from":"${phone}","text":"${mark}"}`),
    digest: Buffer.from('x'),
    signed_by: 'app',
    state: 'processed',
  });
  await add('use_keys', { kind: 'recipient', key: `phone +${phone}`, last: 1, first_at: new Date(), last_at: new Date() });
  await add('saved_views', { name: 'theirs', filter: { search: mail } });
  const group = await add('conversations', {
    account_id: accountId,
    contact_id: await add('contacts', { name: 'Group' }),
    peer: `group:${randomUUID()}`,
  });
  await add('messages', { ...message, conversation_id: group, platform_id: `g_${phone}@c.us`, author: phone });
  await inside(async (trx) => {
    const told = {
      workspaceId,
      contactId: id,
      personId,
      channel: 'every',
      purpose: 'marketing' as const,
      state: 'given' as const,
      evidence: `${mark} said so`,
    };
    await writeDownConsent(trx, { ...told, at: new Date(), now: new Date() });
    await mergeContacts(trx, { workspaceId, from: other, into: id, personId, now: new Date() });
  });
  return id;
}

async function addFile(mark: string): Promise<string> {
  const media_id = await add('media', { name: mark, kind: 'document', mime_type: 'text/plain', bytes: 1 });
  await add('media_chunks', { media_id, position: 0, sealed: Buffer.from(mark) });
  return media_id;
}

/** Every table that holds any of these words anywhere, in text or in bytes. */
async function found(words: readonly string[]): Promise<string[]> {
  const { rows: tables } = await admin.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'r' and n.nspname = 'public' order by 1`,
  );
  const spellings = words.flatMap((word) => [word, word.toUpperCase(), Buffer.from(word).toString('hex')]);
  const holding = [];
  for (const { name } of tables) {
    const { rows } = await admin.query(
      `select 1 from ${name} t where exists (select from unnest($1::text[]) w where position(w in to_jsonb(t)::text) > 0) limit 1`,
      [spellings],
    );
    if (rows.length > 0) holding.push(name);
  }
  return holding;
}

test('who is erased is found in no table any more, in no text and no bytes; the campaign keeps its numbers and others all they have', async () => {
  const [mark, phone] = ['marianna-quill', '4915112340987'];
  const [otherMark, otherPhone] = ['berta-stone', '4915112340123'];
  const other = await plant(otherMark, otherPhone);
  // A file that is kept for another try holds many people, and nobody can see into all kinds of them.
  const others = (await found([otherMark, otherPhone])).filter((name) => name !== 'import_files');
  const contactId = await plant(mark, phone);
  expect(await found([mark, phone])).toHaveLength(23);
  const { counts, files } = await inside((trx) => eraseContact(trx, { workspaceId, contactId, keepsAway: false }));
  expect(await found([mark, phone])).toEqual([]);
  expect(counts).toMatchObject({ addresses: 2, messages: 1, campaigns: 1, files: 2, consents: 1, traces: expect.any(Number) });
  expect(files).toHaveLength(2);
  const { rows } = await admin.query('select state, count(*)::int from deliveries where campaign_id = $1 group by 1', [campaignId]);
  expect(rows).toEqual([{ state: 'sent', count: 2 }]);
  // Reading runs show whoever stood in the list of chats.
  expect(await found([otherMark, otherPhone])).toEqual(others);
  await inside((trx) => eraseContact(trx, { workspaceId, contactId: other, keepsAway: false }));
});

test('an address of somebody who said stop stays one that nobody writes to, whatever brings it back; another one does not', async () => {
  const addresses = [
    { kind: 'phone' as AddressKind, value: '+4915100000001', said: 'stop' },
    { kind: 'email' as AddressKind, value: 'wish@example.test', said: 'wish' },
    { kind: 'email' as AddressKind, value: 'plain@example.test', said: null },
  ];
  const back: unknown[] = [];
  for (const { kind, value, said } of addresses) {
    const contactId = (await inside((trx) => contactFor(trx, { workspaceId, kind, value }))).id;
    if (said === 'stop')
      await inside((trx) => suppressContact(trx, { workspaceId, contactId, source: 'stop_word', evidence: 'message 1', now: new Date() }));
    await inside((trx) => eraseContact(trx, { workspaceId, contactId, keepsAway: said === 'wish' }));
    const again = await inside((trx) => contactFor(trx, { workspaceId, kind, value }));
    const { rows } = await inside((trx) =>
      sql<{ source: string }>`select source from suppressions where contact_id = ${again.id} and lifted_at is null`.execute(trx),
    );
    back.push(rows);
  }
  expect(back).toEqual([[{ source: 'erasure' }], [{ source: 'erasure' }], []]);
  // In another workspace they have said nothing.
  const elsewhere = await addTestWorkspace(database.db);
  const { id } = await inWorkspace(database.db, elsewhere, (trx) =>
    contactFor(trx, { workspaceId: elsewhere, kind: 'phone', value: '+4915100000001' }),
  );
  expect((await admin.query('select 1 from suppressions where contact_id = $1', [id])).rows).toEqual([]);
  for (const table of ['address_keys', 'erased_addresses'])
    await expect(inside((trx) => sql`select * from ${sql.table(table)}`.execute(trx))).rejects.toThrow(/permission denied/);
});

test('while a message to somebody is being sent they are not erased', async () => {
  const { id: contactId } = await inside((trx) => contactFor(trx, { workspaceId, kind: 'phone', value: '+4915100000002' }));
  await add('deliveries', {
    account_id: accountId,
    contact_id: contactId,
    address_kind: 'phone',
    address: '+4915100000002',
    body: 'Hi',
    state: 'committing',
  });
  await expect(inside((trx) => eraseContact(trx, { workspaceId, contactId, keepsAway: false }))).rejects.toMatchObject({ code: 'busy' });
});
