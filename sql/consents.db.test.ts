import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { addTestWorkspace, createTestDatabase, type TestDatabase } from '#e2e/test-database.ts';
import { previewAudience } from './audience.ts';
import { listConsents } from './consents.ts';
import { inWorkspace, type Trx } from './database.ts';
import { addList } from './lists.ts';
import { joinAliases } from './same-person.ts';
import { saveRecipients } from './save-recipients.ts';
import { refuseChannels, resubscribe, unsubscribe } from './subscriptions.ts';
import { applyPreferences, liftPauses, suppressContact, unsuppressContact } from './suppressions.ts';
import { writeDownConsent } from './write-down-consent.ts';

let database: TestDatabase;
let workspaceId: string;
let personId: string;
let accountId: string;
let contactId: string;
let address: string;
beforeAll(async () => {
  database = await createTestDatabase();
  workspaceId = await addTestWorkspace(database.db);
  personId = (await inside((trx) => trx.selectFrom('people').select('id').executeTakeFirstOrThrow())).id;
  accountId = await addAccount('email', 'email');
});
afterAll(() => database[Symbol.asyncDispose]());
beforeEach(async () => {
  address = `p${Math.random()}@example.test`;
  contactId = await addContact('email', address);
});

const inside = <T>(work: (trx: Trx) => Promise<T>): Promise<T> => inWorkspace(database.db, workspaceId, work);
const addAccount = async (channel: string, addressedBy: string) => {
  const values = { workspace_id: workspaceId, channel, addressed_by: addressedBy, name: `${channel} ${Math.random()}` };
  return (await inside((trx) => trx.insertInto('accounts').values(values).returning('id').executeTakeFirstOrThrow())).id;
};
const addContact = async (kind: string, value: string) => {
  const { rows } = await inside((trx) =>
    sql<{ id: string }>`with made as (insert into contacts (workspace_id) values (${workspaceId}) returning id)
      insert into aliases (workspace_id, contact_id, kind, value) select ${workspaceId}, id, ${kind}, ${value} from made returning contact_id as id`.execute(
      trx,
    ),
  );
  return rows[0]?.id ?? '';
};
const minute = (nth: number) => new Date(Date.UTC(2026, 0, 1, 0, nth));
const history = async (id = contactId) =>
  (await inside((trx) => listConsents(trx, { contactId: id, limit: 50 }))).rows
    .map((one) => `${one.channel} ${one.purpose} ${one.state} ${one.source}`)
    .toReversed();
const told = (state: 'given' | 'refused', channel: string, purpose: 'every' | 'marketing', at = new Date()) =>
  inside((trx) =>
    writeDownConsent(trx, { workspaceId, contactId, personId, channel, purpose, state, evidence: 'at the counter', at, now: new Date() }),
  );

/** A platform's word of what this person wants, and whatever else it tells meanwhile. */
const preference = (value: string, at: Date) =>
  inside(async (trx) => {
    await sql`insert into message_marks (workspace_id, account_id, platform_id, kind, value, sender, at)
      values (${workspaceId}, ${accountId}, ${`${address} ${at.getTime()}`}, 'preference', ${value}, ${address}, ${at})`.execute(trx);
    await sql`insert into aliases (workspace_id, contact_id, kind, value) values (${workspaceId}, ${contactId}, 'scoped_id', ${address}) on conflict do nothing`.execute(
      trx,
    );
    // Each body that comes in asks again; it is written once.
    for (let time = 0; time < 2; time += 1) await applyPreferences(trx, { workspaceId, accountId, now: at });
  });

test('every way to say yes or no stands in the ledger with how we know, in the order in which it was said', async () => {
  const of = { workspaceId, contactId };
  const subscriber = { ...of, accountId };
  await inside(async (trx) => {
    await suppressContact(trx, { ...of, source: 'stop_word', evidence: 'message 1', now: minute(0) });
    await unsuppressContact(trx, { ...of, personId, note: 'asked again', now: minute(1) });
    await unsubscribe(trx, { subscriber, until: null, now: minute(2) });
    await resubscribe(trx, { subscriber, now: minute(3) });
    await refuseChannels(trx, { subscriber, channels: ['email'], now: minute(4) });
    await refuseChannels(trx, { subscriber, channels: [], now: minute(5) });
    await unsubscribe(trx, { subscriber, until: minute(7), now: minute(6) });
  });
  await liftPauses(database.db, minute(8));
  await preference('stop', minute(9));
  await preference('resume', minute(10));
  await inside((trx) => suppressContact(trx, { ...of, source: 'complaint', evidence: 'bounce 1', now: minute(11) }));
  expect(await history()).toEqual([
    'every every refused stop_word',
    'every every lifted manual',
    'every every refused one_click',
    'every every lifted preference_page',
    'email every refused preference_page',
    'email every lifted preference_page',
    'every every paused one_click',
    'every every lifted pause_over',
    'every every refused platform',
    'every every lifted platform',
    'every every refused complaint',
  ]);
  const { rows } = await inside((trx) => listConsents(trx, { contactId, limit: 50 }));
  expect(rows.at(-2)).toMatchObject({ evidence: 'asked again', person: expect.any(String), at: minute(1).toISOString() });
});

test('nobody changes or removes a row of the ledger, and two contacts that become one keep both histories', async () => {
  await told('given', 'every', 'marketing', minute(1));
  for (const change of [sql`update consents set state = 'given'`, sql`delete from consents`, sql`truncate consents`])
    await expect(inside((trx) => change.execute(trx))).rejects.toThrow(/permission denied/);
  const phone = `+49151${Math.floor(Math.random() * 1e8)}`;
  const other = await addContact('phone', phone);
  await inside((trx) => suppressContact(trx, { workspaceId, contactId: other, source: 'stop_word', evidence: 'message 2', now: minute(2) }));
  await inside((trx) =>
    sql`insert into aliases (workspace_id, contact_id, kind, value) values (${workspaceId}, ${contactId}, 'scoped_id', ${`s${phone}`})`.execute(trx),
  );
  const one = await inside((trx) =>
    joinAliases(trx, {
      workspaceId,
      name: null,
      aliases: [
        { kind: 'phone', value: phone },
        { kind: 'scoped_id', value: `s${phone}` },
      ],
    }),
  );
  expect(await history(one ?? '')).toEqual(['every marketing given manual', 'every every refused stop_word']);
});

const delivery = (state: string, given: { contact?: string | null; account?: string; to?: string } = {}) =>
  inside(async (trx) => {
    const { contact = contactId, account = accountId, to = address } = given;
    const values = { workspace_id: workspaceId, account_id: account, contact_id: contact, address_kind: 'email', address: to, body: 'Hi', state };
    return (await trx.insertInto('deliveries').values(values).returning('id').executeTakeFirstOrThrow()).id;
  });
const begin = (id: string) => inside((trx) => sql`update deliveries set state = 'committing', attempt = 1 where id = ${id}`.execute(trx));
const refusal = /wants no messages/;

test('the database lets nothing begin to be sent to somebody who said stop, whatever writes it', async () => {
  const [claimed, planned, other, uncertain] = [
    await delivery('claimed'),
    await delivery('planned'),
    await delivery('claimed'),
    await delivery('uncertain'),
  ];
  await begin(other);
  // Written past our own code, which would have skipped what is planned.
  await inside((trx) =>
    sql`insert into suppressions (workspace_id, contact_id, source) values (${workspaceId}, ${contactId}, 'stop_word')`.execute(trx),
  );
  for (const id of [claimed, planned, uncertain]) await expect(begin(id)).rejects.toThrow(refusal);
  await expect(delivery('committing')).rejects.toThrow(refusal);
  // By an address that is theirs, under another contact or none.
  for (const contact of [null, await addContact('email', `x${address}`)])
    await expect(delivery('claimed', { contact }).then(begin)).rejects.toThrow(refusal);
  // What is under way goes on to its end: only beginning is refused.
  await inside((trx) => sql`update deliveries set wait_reason = 'confirming' where id = ${other}`.execute(trx));
  await inside((trx) => sql`update suppressions set lifted_at = now() where contact_id = ${contactId}`.execute(trx));
  await begin(claimed);
});

test('a refused channel is refused by the database too, and the other channels are not', async () => {
  const phone = await addAccount('whatsapp', 'phone');
  await told('refused', 'email', 'every');
  await expect(delivery('claimed').then(begin)).rejects.toThrow(refusal);
  await delivery('claimed', { account: phone, to: '+4915112345678' }).then(begin);
  await told('given', 'email', 'every');
  await delivery('claimed').then(begin);
});

test('who was imported without a basis is passed over by campaigns until they agree, and who refused marketing on a channel too', async () => {
  const list = await inside((trx) => addList(trx, workspaceId, `L${Math.random()}`));
  const saved = await inside((trx) => {
    const addresses = [{ kind: 'email' as const, value: `new.${address}`, typed: address, aliases: [] }];
    const recipients = [{ row: 1, name: 'New', zone: null, fields: {}, addresses }];
    return saveRecipients(trx, { workspaceId, listId: list.id, recipients, known: new Map(), isReplyOnly: true });
  });
  contactId = saved[0]?.contactId ?? '';
  const ask = { workspaceId, listIds: [list.id], contactIds: [], senderIds: [accountId], variables: [], countryPrefixes: {} };
  const skip = async () => (await inside((trx) => previewAudience(trx, ask, { after: 0, limit: 1 }))).rows[0]?.skip ?? null;
  expect(await skip()).toBe('no_consent');
  await told('given', 'whatsapp', 'marketing');
  expect(await skip()).toBe('no_consent');
  await told('given', 'every', 'marketing', minute(1));
  expect(await skip()).toBeNull();
  await told('refused', 'email', 'marketing', minute(3));
  expect(await skip()).toBe('no_consent');
  // Said before the refusal, though written down after it.
  await told('given', 'email', 'marketing', minute(2));
  expect(await skip()).toBe('no_consent');
  await told('given', 'email', 'marketing', minute(4));
  expect(await skip()).toBeNull();
  expect(await history()).toHaveLength(5);
});

test('an agreement takes no later refusal of a channel back, and whoever lifts nothing leaves no word of it in the ledger', async () => {
  await told('refused', 'email', 'every', minute(2));
  await told('given', 'email', 'every', minute(1));
  await expect(delivery('claimed').then(begin)).rejects.toThrow(refusal);
  await inside(async (trx) => {
    await suppressContact(trx, { workspaceId, contactId, source: 'stop_word', evidence: 'message 1', now: minute(3) });
    await resubscribe(trx, { subscriber: { workspaceId, contactId, accountId }, now: minute(4) });
    await unsuppressContact(trx, { workspaceId, contactId, personId, note: 'asked again', now: minute(5) });
    await unsuppressContact(trx, { workspaceId, contactId, personId, note: 'asked again', now: minute(6) });
  });
  expect((await history()).slice(2)).toEqual(['every every refused stop_word', 'every every lifted manual']);
});

test('what somebody told a platform is acted on once: who has agreed again since is not refused by the next body', async () => {
  await preference('stop', minute(1));
  await inside((trx) => unsuppressContact(trx, { workspaceId, contactId, personId, note: 'asked again', now: minute(2) }));
  await inside((trx) => applyPreferences(trx, { workspaceId, accountId, now: minute(3) }));
  await delivery('claimed').then(begin);
  await preference('stop', minute(4));
  await expect(delivery('claimed').then(begin)).rejects.toThrow(refusal);
});
