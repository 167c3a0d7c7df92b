import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addTestWorkspace, createTestDatabase, type TestDatabase } from '#e2e/test-database.ts';
import { listAlike, listAlikeTo } from './alike.ts';
import { inWorkspace, type Trx } from './database.ts';

let database: TestDatabase;
let workspaceId: string;
beforeAll(async () => {
  database = await createTestDatabase();
  workspaceId = await addTestWorkspace(database.db);
});
afterAll(() => database[Symbol.asyncDispose]());

const inside = <T>(work: (trx: Trx) => Promise<T>): Promise<T> => inWorkspace(database.db, workspaceId, work);
async function addContact(name: string, kind: string, value: string): Promise<string> {
  const { rows } = await inside((trx) =>
    sql<{ id: string }>`with made as (insert into contacts (workspace_id, name) values (${workspaceId}, ${name}) returning id)
      insert into aliases (workspace_id, contact_id, kind, value) select ${workspaceId}, id, ${kind}, ${value} from made returning contact_id as id`.execute(
      trx,
    ),
  );
  return rows[0]?.id ?? '';
}

test('one number under a phone and a messenger’s id, one mailbox in two spellings, and one full name are shown as alike', async () => {
  const aliases = [
    ['phone', '+491511234567'],
    ['jid', '491511234567@s.whatsapp.example'],
    ['email', 'vera.k+news@gmail.com'],
    ['email', 'verak@googlemail.com'],
  ] as const;
  const ids: string[] = [];
  for (const [kind, value] of aliases) {
    ids.push(await addContact(kind === 'jid' ? '' : 'Vera  Kask', kind, value));
  }
  const first = await inside((trx) => listAlike(trx, { limit: 2 }));
  const { rows } = await inside((trx) => listAlike(trx, { limit: 2, ...(first.next ? { cursor: first.next } : {}) }));
  const found = [...first.rows, ...rows].map(({ why, contacts }) => [why, contacts.map(({ id }) => ids.indexOf(id))]);
  expect(found).toEqual([
    ['mail', [2, 3]],
    ['name', [0, 2, 3]],
    ['number', [0, 1]],
  ]);
  const alikeTo = async (id: string | undefined) => (await inside((trx) => listAlikeTo(trx, id ?? ''))).rows;
  expect((await alikeTo(ids[0])).map(({ why, contact }) => [why, ids.indexOf(contact.id)])).toEqual([
    ['number', 1],
    ['name', 2],
    ['name', 3],
  ]);
  expect((await alikeTo(ids[2])).map(({ why, contact }) => [why, ids.indexOf(contact.id)])).toEqual([
    ['mail', 3],
    ['name', 0],
  ]);
});
