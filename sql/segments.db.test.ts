import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Condition, Filter, KnownSegment } from '#core/segment.ts';
import { addTestWorkspace, createTestDatabase, type TestDatabase } from '#e2e/test-database.ts';
import { audienceAskOf, previewAudience } from './audience.ts';
import { inWorkspace, type Trx } from './database.ts';
import { addSegment, countPeople, listPeople, removeSegment } from './segments.ts';
import { suppressContact } from './suppressions.ts';
import { writeDownConsent } from './write-down-consent.ts';

let database: TestDatabase;
let workspaceId: string;
let ids: Record<'list' | 'label' | 'mail' | 'campaign' | 'person', string>;
const now = new Date('2026-06-01T12:00:00Z');
const ago = (days: number) => new Date(now.getTime() - days * 86_400_000);
beforeAll(async () => {
  database = await createTestDatabase();
  workspaceId = await addTestWorkspace(database.db);
  ids = {
    list: await add('lists', { name: 'List' }),
    label: await add('labels', { name: 'VIP', colour: 'red' }),
    mail: await add('accounts', { channel: 'email', addressed_by: 'email', name: 'mail' }),
    campaign: await add('campaigns', { name: 'News', state: 'running' }),
    person: (await inside((trx) => trx.selectFrom('people').select('id').executeTakeFirstOrThrow())).id,
  };
  // Of each pair the first is meant by the first word of a condition, and the second by its opposite.
  const anna = await addPerson('Anna', 'anna@one.test', { city: 'Riga', age: '40', since: '2024-05-01', odd: `x'); drop table contacts; --` }, 5);
  await addPerson('Bob', 'bob@two.test', { age: 'many' }, 400);
  await add('list_entries', { list_id: ids.list, contact_id: anna });
  const talk = await add('conversations', { account_id: ids.mail, contact_id: anna, peer: 'anna@one.test', last_incoming_at: ago(3) });
  await add('conversation_labels', { conversation_id: talk, label_id: ids.label, state: 'open', is_unread: false, last_message_at: ago(3) });
  const sent = { account_id: ids.mail, contact_id: anna, address_kind: 'email', address: 'anna@one.test', body: 'Hi', sent_at: ago(4) };
  await add('deliveries', { ...sent, campaign_id: ids.campaign, state: 'read' });
  const said = {
    workspaceId,
    contactId: anna,
    personId: ids.person,
    channel: 'every',
    purpose: 'marketing' as const,
    state: 'given' as const,
    evidence: 'said so',
  };
  await inside((trx) => writeDownConsent(trx, { ...said, at: ago(4), now }));
});
afterAll(() => database[Symbol.asyncDispose]());

const inside = <T>(work: (trx: Trx) => Promise<T>): Promise<T> => inWorkspace(database.db, workspaceId, work);
async function add(table: string, values: Record<string, unknown>): Promise<string> {
  const all = { workspace_id: workspaceId, ...values };
  const { rows } = await inside((trx) =>
    sql<{
      id: string;
    }>`insert into ${sql.table(table)} as t (${sql.join(Object.keys(all).map((name) => sql.ref(name)))}) values (${sql.join(Object.values(all))})
      returning to_jsonb(t) ->> 'id' as id`.execute(trx),
  );
  return rows[0]?.id ?? '';
}
async function addPerson(name: string, mail: string, fields: Record<string, string>, days: number): Promise<string> {
  const id = await add('contacts', { name, fields: JSON.stringify(fields), created_at: ago(days) });
  await add('aliases', { contact_id: id, kind: 'email', value: mail, typed: mail });
  return id;
}
const namesOf = async (filter: unknown) => {
  const read = Filter.parse(filter);
  const { rows } = await inside((trx) => listPeople(trx, { filter: read, now, limit: 50 }));
  expect(await inside((trx) => countPeople(trx, read, now))).toBe(rows.length);
  return rows.map((row) => row.name).toSorted();
};
const all = (...conditions: Condition[]) => ({ match: 'all', conditions });

test('each condition means those of whom it is true, and its opposite all others', async () => {
  const field = (name: string, is: string, value = '') => ({ of: 'field', field: name, is, value }) as Condition; // The words are in the table below.
  const pairs: [Condition, Condition][] = [
    [
      { of: 'name', is: 'like', value: 'ANN' },
      { of: 'name', is: 'unlike', value: 'ann' },
    ],
    [
      { of: 'mail_domain', is: 'at', value: 'one.test' },
      { of: 'mail_domain', is: 'not_at', value: 'one.test' },
    ],
    [field('city', 'equal', 'riga'), field('city', 'different', 'riga')],
    [field('city', 'like', 'ig'), field('city', 'unlike', 'ig')],
    [field('city', 'known'), field('city', 'unknown')],
    [field('odd', 'equal', `x'); drop table contacts; --`), field('odd', 'unknown')],
    [
      { of: 'list', is: 'on', id: ids.list },
      { of: 'list', is: 'off', id: ids.list },
    ],
    [
      { of: 'label', is: 'with', id: ids.label },
      { of: 'label', is: 'without', id: ids.label },
    ],
    [
      { of: 'channel', is: 'used', channel: 'email' },
      { of: 'channel', is: 'unused', channel: 'email' },
    ],
    [
      { of: 'consent', is: 'given' },
      { of: 'consent', is: 'unstated' },
    ],
    [
      { of: 'heard', is: 'within', days: 4 },
      { of: 'heard', is: 'not_within', days: 4 },
    ],
    [
      { of: 'written', is: 'within', days: 5 },
      { of: 'written', is: 'not_within', days: 5 },
    ],
    [
      { of: 'added', is: 'within', days: 30 },
      { of: 'added', is: 'not_within', days: 30 },
    ],
    [
      { of: 'campaign', is: 'got', id: ids.campaign },
      { of: 'campaign', is: 'not_got', id: ids.campaign },
    ],
    [
      { of: 'campaign', is: 'read', id: ids.campaign },
      { of: 'campaign', is: 'not_read', id: ids.campaign },
    ],
    [
      { of: 'campaign', is: 'answered', id: ids.campaign },
      { of: 'campaign', is: 'not_answered', id: ids.campaign },
    ],
  ];
  for (const [one, opposite] of pairs) expect([one, await namesOf(all(one)), await namesOf(all(opposite))]).toEqual([one, ['Anna'], ['Bob']]);
  // A text among numbers is neither above nor below; days are compared as days.
  for (const one of [field('age', 'above', '39.5'), field('age', 'below', '100'), field('since', 'below', '2024-06-01')])
    expect(await namesOf(all(one))).toEqual(['Anna']);
  for (const one of [field('age', 'above', '40'), field('since', 'above', '2024-05-01')]) expect(await namesOf(all(one))).toEqual([]);
  expect(await namesOf(all({ of: 'address', is: 'unknown', kind: 'phone' }, { of: 'consent', is: 'not_suppressed' }))).toEqual(['Anna', 'Bob']);
});

test('groups are read as they say: all, any, none of them, inside one another', async () => {
  const [anna, bob] = ['anna', 'bob'].map((value) => ({ of: 'name', is: 'like', value }));
  expect(await namesOf({ match: 'any', conditions: [anna, bob] })).toEqual(['Anna', 'Bob']);
  expect(await namesOf({ match: 'all', conditions: [anna, bob] })).toEqual([]);
  expect(await namesOf({ match: 'none', conditions: [anna] })).toEqual(['Bob']);
  expect(
    await namesOf({
      match: 'all',
      conditions: [
        { match: 'any', conditions: [anna, bob] },
        { match: 'none', conditions: [bob] },
      ],
    }),
  ).toEqual(['Anna']);
  const deep = { match: 'all', conditions: [{ match: 'all', conditions: [{ match: 'all', conditions: [anna] }] }] };
  for (const wrong of [deep, { match: 'all', conditions: [] }, { match: 'all', conditions: [{ of: 'sql', is: 'true' }] }])
    expect(Filter.safeParse(wrong).success).toBe(false);
});

test('a campaign goes to whoever is in its segments, but not to those who want none, and a segment of a draft stays', async () => {
  const filter = Filter.parse(all({ of: 'address', is: 'known', kind: 'email' }));
  const { id } = await inside((trx) => addSegment(trx, { workspaceId, name: 'With mail', filter }));
  const bob = await addPerson('Boris', 'boris@two.test', {}, 1);
  await inside((trx) => suppressContact(trx, { workspaceId, contactId: bob, source: 'stop_word', evidence: 'message 1', now }));
  const audience = await inside(async (trx) => {
    const ask = await audienceAskOf(trx, {
      workspaceId,
      listIds: [ids.list],
      contactIds: [],
      segmentIds: [id, 'new'],
      senderIds: [ids.mail],
      variables: [],
    });
    return (await previewAudience(trx, ask, { after: 0, limit: 9 })).rows.map((row) => [row.name, row.skip]);
  });
  expect(audience.toSorted()).toEqual([
    ['Anna', null],
    ['Bob', null],
    ['Boris', 'suppressed'],
  ]);
  await add('campaigns', { name: 'Draft', audience: JSON.stringify({ segmentIds: [id] }) });
  await expect(inside((trx) => removeSegment(trx, id))).rejects.toMatchObject({ code: 'in_use' });
  for (const known of KnownSegment.options)
    await inside((trx) =>
      audienceAskOf(trx, { workspaceId, listIds: [], contactIds: [], segmentIds: [known], senderIds: [ids.mail], variables: [] }),
    );
});
