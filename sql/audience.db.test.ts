import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { normalizeAddress } from '#core/address.ts';
import { compileTemplate, mergeFieldsOf } from '#core/template.ts';
import { foldName } from '#core/template-syntax.ts';
import { createTestDatabase, type TestDatabase } from '#e2e/test-database.ts';
import { previewAudience } from './audience.ts';
import { readContact } from './contacts.ts';
import { inWorkspace } from './database.ts';
import { addEntry, addList } from './lists.ts';

let database: TestDatabase;
let workspaceId: string;
beforeAll(async () => {
  database = await createTestDatabase();
  const { rows } = await sql<{ workspace_id: string }>`select * from register_workspace('ours', 'UTC', 'a@example.test', 'ours', '', 'x')`.execute(
    database.db,
  );
  workspaceId = rows[0]?.workspace_id ?? '';
});
afterAll(() => database[Symbol.asyncDispose]());

const inside = <T>(work: Parameters<typeof inWorkspace<T>>[2]) => inWorkspace(database.db, workspaceId, work);
function address(kind: 'phone' | 'email', typed: string) {
  const one = normalizeAddress(kind, typed, 'BR');
  if (one.is === 'refused') throw new Error(one.reason);
  return { kind, value: one.value, aliases: one.aliases, typed };
}
const addSender = (addressedBy: string) =>
  inside((trx) =>
    trx
      .insertInto('accounts')
      .values({ workspace_id: workspaceId, channel: 'x', addressed_by: addressedBy, name: addressedBy })
      .returning('id')
      .executeTakeFirstOrThrow(),
  );

test('the plan and the preview fill a template with the same fields, whatever the script of a heading', async () => {
  const list = await inside((trx) => addList(trx, workspaceId, 'Merge'));
  const headings = ['Order No.', 'ПОЛУЧАТЕЛЬ (ФИО)', 'विद्यार्थी', 'المدينة', '城市', 'Straße', 'first name'];
  const fields = Object.fromEntries(headings.map((heading, at) => [foldName(heading), `value ${at}`]));
  const recipient = { row: 1, name: 'Ana Lima', zone: null, fields, addresses: [address('email', 'ana@example.com')] };
  const contact = await inside((trx) => addEntry(trx, { workspaceId, listId: list.id, recipient }));
  const template = compileTemplate({ body: `${headings.map((heading) => `{{[${heading}]}}`).join(' ')} {{name}} {{first_name}} {{email}}` });
  const sender = await addSender('email');
  const { rows } = await inside((trx) =>
    previewAudience(
      trx,
      { workspaceId, listIds: [list.id], contactIds: [], senderIds: [sender.id], variables: template.required, countryPrefixes: {} },
      { after: 0, limit: 10 },
    ),
  );
  expect(rows).toMatchObject([{ contact_id: contact.id, skip: null, missing: [] }]);
  expect(rows[0]?.merge).toEqual(mergeFieldsOf(await inside((trx) => readContact(trx, contact.id))));
  expect(template.render(rows[0]?.merge ?? {}).missing).toEqual([]);
});

test('a person is written to at the number that was typed last, not at a derived one', async () => {
  const list = await inside((trx) => addList(trx, workspaceId, 'Numbers'));
  const add = (typed: string) =>
    inside((trx) =>
      addEntry(trx, {
        workspaceId,
        listId: list.id,
        recipient: { row: 1, name: 'Bia', zone: null, fields: {}, addresses: [address('email', 'bia@example.com'), address('phone', typed)] },
      }),
    );
  const sender = await addSender('phone');
  for (const [typed, expected] of [
    ['+55 11 98765-0001', '+5511987650001'],
    ['+55 11 8765-0002', '+5511987650002'],
    ['+55 11 98765-0003', '+5511987650003'],
  ] as const) {
    expect((await add(typed)).phone).toBe(expected);
    const { rows } = await inside((trx) =>
      previewAudience(
        trx,
        { workspaceId, listIds: [list.id], contactIds: [], senderIds: [sender.id], variables: [], countryPrefixes: {} },
        { after: 0, limit: 10 },
      ),
    );
    expect(rows).toMatchObject([{ address: expected, skip: null }]);
  }
});
