import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addTestWorkspace, createTestDatabase, type TestDatabase } from '#e2e/test-database.ts';
import { listContacts } from './contact-list.ts';
import { listConversations, matchingIds } from './conversation-list.ts';
import { inWorkspace, type Trx } from './database.ts';
import { namedContacts, namedConversations } from './named.ts';

/** More than are gathered by the index of names. */
const many = 2100;
const people = ['Zoë Müller', 'ÖZLEM', 'Анна Каренина', '100% _sure_ \\o/', 'Ali'];
let database: TestDatabase;
let workspaceId: string;
beforeAll(async () => {
  database = await createTestDatabase();
  workspaceId = await addTestWorkspace(database.db);
  const theirs = await addTestWorkspace(database.db);
  await addPeople(theirs, ['Zoë of others']);
  await addPeople(workspaceId, [...Array.from({ length: many }, (_, nth) => `Common ${nth}`), ...people]);
  // All that is known of a group is its title.
  await inside((trx) =>
    sql`
      with added as (insert into contacts (workspace_id, name) values (${workspaceId}, '') returning id)
      insert into conversations (workspace_id, account_id, contact_id, peer, title)
      select ${workspaceId}, account.id, added.id, 'group:1', 'Zoë and friends' from added, accounts account`.execute(trx),
  );
});
afterAll(() => database[Symbol.asyncDispose]());

const inside = <T>(work: (trx: Trx) => Promise<T>): Promise<T> => inWorkspace(database.db, workspaceId, work);

/** Each with an address and a conversation. */
async function addPeople(id: string, names: readonly string[]): Promise<void> {
  await inWorkspace(database.db, id, (trx) =>
    sql`
      with account as (insert into accounts (workspace_id, channel, addressed_by, name) values (${id}, 'email', 'email', 'mail') returning id),
           added as (insert into contacts (workspace_id, name) select ${id}, one from unnest(${names}::text[]) one returning id),
           addressed as (insert into aliases (workspace_id, contact_id, kind, value, typed) select ${id}, a.id, 'email', 'x' || a.id || '@shop.test', null from added a)
      insert into conversations (workspace_id, account_id, contact_id, peer) select ${id}, account.id, a.id, a.id::text from added a, account`.execute(
      trx,
    ),
  );
}

const searches: [search: string, found: string[]][] = [
  ['zoë', ['Zoë Müller', 'Zoë and friends']],
  ['MÜLL', ['Zoë Müller']],
  ['özlem', ['ÖZLEM']],
  ['каРЕН', ['Анна Каренина']],
  ['100%', ['100% _sure_ \\o/']],
  ['0%_', []],
  ['_sure_ \\o', ['100% _sure_ \\o/']],
  ['_%_', []],
  ['al', ['Ali']],
  ['nobody', []],
];

test.each(searches)('who is found by %s', async (search, found) => {
  const talks = await inside((trx) => listConversations(trx, { search, personId: workspaceId }, { limit: 50 }));
  expect(talks.rows.map((one) => one.contactName).toSorted()).toEqual(found.toSorted());
  const contacts = await inside((trx) => listContacts(trx, { search, limit: 50 }));
  expect(contacts.rows.map((one) => one.name).toSorted()).toEqual(found.filter((name) => people.includes(name)).toSorted());
});

test('few are gathered by the index, and many are not, nor is what is shorter than its pieces', async () => {
  const gathered = (text: string) => inside(async (trx) => [(await namedContacts(trx, text))?.length, (await namedConversations(trx, text))?.length]);
  expect(await gathered('zoë')).toEqual([1, 2]);
  expect(await gathered('common')).toEqual([undefined, undefined]);
  expect(await gathered('@shop')).toEqual([undefined, undefined]);
  expect(await gathered('al')).toEqual([undefined, undefined]);
  const ids = await inside((trx) => matchingIds(trx, { search: 'common', personId: workspaceId }, 5000));
  expect(new Set(ids).size).toBe(many);
});

test('people without conversations do not hide those who have one', async () => {
  await inside((trx) =>
    sql`insert into contacts (workspace_id, name) select ${workspaceId}, 'Müllerin ' || n from generate_series(1, ${many}) n`.execute(trx),
  );
  const { rows } = await inside((trx) => listConversations(trx, { search: 'mülle', personId: workspaceId }, { limit: 50 }));
  expect(rows.map((one) => one.contactName)).toEqual(['Zoë Müller']);
});
