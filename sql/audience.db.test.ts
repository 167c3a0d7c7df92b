import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { normalizeAddress } from '#core/address.ts';
import { compileTemplate, mergeFieldsOf } from '#core/template.ts';
import { foldName } from '#core/template-syntax.ts';
import { createTestDatabase, type TestDatabase } from '#e2e/test-database.ts';
import { markGone } from './address-rules.ts';
import { audience, previewAudience } from './audience.ts';
import { readContact } from './contacts.ts';
import { inWorkspace } from './database.ts';
import { addEntry, addList } from './lists.ts';
import { refuseChannels, unsubscribe } from './subscriptions.ts';
import { liftPauses } from './suppressions.ts';

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
async function addMailSender(name: string): Promise<string> {
  const values = { workspace_id: workspaceId, channel: 'email', addressed_by: 'email', name };
  const made = await inside((trx) => trx.insertInto('accounts').values(values).returning('id').executeTakeFirstOrThrow());
  return made.id;
}
const addSender = (addressedBy: string, name = addressedBy) =>
  inside((trx) =>
    trx
      .insertInto('accounts')
      .values({ workspace_id: workspaceId, channel: 'x', addressed_by: addressedBy, name })
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

test('an address that is gone is passed over: another one of the person is written to, on this channel or the next', async () => {
  const list = await inside((trx) => addList(trx, workspaceId, 'Gone'));
  const people = { Other: address('email', 'other@example.com'), Phone: address('phone', '+49 170 5550001'), None: undefined };
  for (const [name, other] of Object.entries(people)) {
    const own = address('email', `${name.toLowerCase()}-gone@example.com`);
    const recipient = { row: 1, name, zone: null, fields: {}, addresses: [own, ...(other ? [other] : [])] };
    await inside(async (trx) => {
      await addEntry(trx, { workspaceId, listId: list.id, recipient });
      await markGone(trx, { workspaceId, kind: 'email', value: own.value, note: 'No such user' }, new Date());
    });
  }
  const [mail, phone] = [await addMailSender('mail-of-gone'), (await addSender('phone', 'phone-of-gone')).id];
  const look = async (senderIds: string[]) => {
    const ask = { workspaceId, listIds: [list.id], contactIds: [], senderIds, variables: [], countryPrefixes: {} };
    const { rows } = await inside((trx) => previewAudience(trx, ask, { after: 0, limit: 10 }));
    return Object.fromEntries(rows.map((row) => [row.name, row.skip ?? row.address]));
  };
  expect(await look([mail, phone])).toEqual({ Other: 'other@example.com', Phone: '+491705550001', None: 'address_gone' });
  expect(await look([mail])).toEqual({ Other: 'other@example.com', Phone: 'address_gone', None: 'address_gone' });
  expect(await look([phone])).toEqual({ Other: 'no_address', Phone: '+491705550001', None: 'no_address' });
});

test('each rule says who is left out, and whoever was written to before hears from the same sender', async () => {
  const list = await inside((trx) => addList(trx, workspaceId, 'Rules'));
  const add = async (name: string, ...addresses: ReturnType<typeof address>[]) => {
    const contact = await inside((trx) =>
      addEntry(trx, { workspaceId, listId: list.id, recipient: { row: 1, name, zone: null, fields: {}, addresses } }),
    );
    return contact.id;
  };
  const [first, second] = [await addMailSender('first'), await addMailSender('second')];
  await add('Plain', address('email', 'plain@example.com'));
  const known = await add('Known', address('email', 'known@example.com'));
  await add('Address', address('email', 'address@example.com'));
  await add('Domain', address('email', 'someone@rival.example'));
  await add('Country', address('email', 'country@example.com'), address('phone', '+49 30 901820'));
  const silent = await add('Silent', address('email', 'silent@example.com'));
  await add('Phone', address('phone', '+55 11 98765-0009'));
  const rules = [
    ['email', 'address@example.com'],
    ['domain', 'rival.example'],
    ['country', 'DE'],
  ] as const;
  await inside(async (trx) => {
    for (const [kind, value] of rules)
      await trx.insertInto('address_rules').values({ workspace_id: workspaceId, effect: 'deny', kind, value }).execute();
    await trx.insertInto('suppressions').values({ workspace_id: workspaceId, contact_id: silent, source: 'manual' }).execute();
    const talk = { workspace_id: workspaceId, contact_id: known, peer: 'known@example.com', last_message_at: new Date() };
    await trx
      .insertInto('conversations')
      .values({ ...talk, account_id: second })
      .execute();
  });
  const look = async () => {
    const ask = { workspaceId, listIds: [list.id], contactIds: [], senderIds: [first, second], variables: [], countryPrefixes: { DE: '+49' } };
    const { rows } = await inside((trx) => previewAudience(trx, ask, { after: 0, limit: 10 }));
    return Object.fromEntries(rows.map((row) => [row.name, row.skip ?? row.account_id]));
  };
  const denied = { Address: 'denied', Domain: 'denied', Country: 'denied', Silent: 'suppressed', Phone: 'no_address' };
  expect(await look()).toEqual({ Plain: first, Known: second, ...denied });
  await inside((trx) =>
    trx.insertInto('address_rules').values({ workspace_id: workspaceId, effect: 'allow', kind: 'email', value: 'known@example.com' }).execute(),
  );
  expect(await look()).toEqual({ Plain: 'not_allowed', Known: second, ...denied });
});

test('what planning reads grows with the people and not with their square, also right after an import', async () => {
  const people = 1500;
  const sender = await addMailSender('many');
  const listId = await inside(async (trx) => {
    const list = await addList(trx, workspaceId, 'Many');
    await sql`
      with made as (insert into contacts (workspace_id, name) select ${workspaceId}, 'Many ' || n from generate_series(1, ${people}) n returning id, name),
           named as (insert into aliases (workspace_id, contact_id, kind, value) select ${workspaceId}, id, 'email', replace(name, ' ', '.') || '@example.com' from made),
           silent as (insert into suppressions (workspace_id, contact_id, source) select ${workspaceId}, id, 'manual' from made where name like '%7')
      insert into list_entries (list_id, contact_id, workspace_id) select ${list.id}, id, ${workspaceId} from made`.execute(trx);
    return list.id;
  });
  const ask = { workspaceId, listIds: [listId], contactIds: [], senderIds: [sender], variables: ['name'], countryPrefixes: {} };
  const { rows } = await inside((trx) =>
    sql<Explained>`explain (analyze, timing off, format json) select * from (${audience(ask)}) who`.execute(trx),
  );
  const plan = rows[0]?.['QUERY PLAN'][0]?.Plan;
  expect(plan?.['Actual Rows']).toBe(people);
  // Each step of the plan gets every person about once; a walk over the workspace for each would be 1,500 times as much.
  expect(rowsRead(plan)).toBeLessThan(people * 100);
});

type Step = { 'Actual Rows': number; 'Actual Loops': number; Plans?: Step[]; [removed: `Rows Removed by ${string}`]: number };
type Explained = { 'QUERY PLAN': { Plan: Step }[] };
function rowsRead(step: Step | undefined): number {
  if (!step) return 0;
  const removed = Object.entries(step).filter(([name]) => name.startsWith('Rows Removed by'));
  const each = step['Actual Rows'] + removed.reduce((sum, [, count]) => sum + Number(count), 0);
  return each * step['Actual Loops'] + (step.Plans ?? []).reduce((sum, inner) => sum + rowsRead(inner), 0);
}

test('a pause holds until its time is over, and a refused channel until it is wanted again', async () => {
  const list = await inside((trx) => addList(trx, workspaceId, 'Pauses'));
  const recipient = { row: 1, name: 'Ben', zone: null, fields: {}, addresses: [address('email', 'ben@example.com')] };
  const contact = await inside((trx) => addEntry(trx, { workspaceId, listId: list.id, recipient }));
  const sender = await addMailSender('pauses');
  const subscriber = { workspaceId, contactId: contact.id, accountId: sender };
  const ask = { workspaceId, listIds: [list.id], contactIds: [], senderIds: [sender], variables: [], countryPrefixes: {} };
  const skip = async () => (await inside((trx) => previewAudience(trx, ask, { after: 0, limit: 1 }))).rows[0]?.skip ?? null;
  const now = new Date();
  // A shorter one changes nothing.
  for (const ms of [60_000, 1]) await inside((trx) => unsubscribe(trx, { subscriber, until: new Date(now.getTime() + ms), now }));
  expect(await skip()).toBe('suppressed');
  await liftPauses(database.db, new Date(now.getTime() + 1000));
  expect(await skip()).toBe('suppressed');
  await liftPauses(database.db, new Date(now.getTime() + 61_000));
  expect(await skip()).not.toBe('suppressed');
  await inside((trx) => refuseChannels(trx, { subscriber, channels: ['email'], now }));
  expect(await skip()).toBe('suppressed');
  await inside((trx) => refuseChannels(trx, { subscriber, channels: [], now }));
  expect(await skip()).not.toBe('suppressed');
});
