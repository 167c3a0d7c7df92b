import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Platform } from '#core/platform-event.ts';
import { addTestWorkspace, createTestDatabase, type TestDatabase } from '#e2e/test-database.ts';
import { inWorkspace, type Trx } from '#sql/database.ts';
import { addMarks, applyMarks, type Mark } from '#sql/marks.ts';
import { joinAliases } from '#sql/same-person.ts';
import { suppressContact } from '#sql/suppressions.ts';
import { addPlatformAccount } from '#sql/testing/add-platform-account.ts';
import { proveAnyOrder } from './testing/any-order.ts';
import { takeBodies } from './testing/vault.ts';

let base: TestDatabase;
let workspaceId: string;
let phone: string;
let page: string;
beforeAll(async () => {
  base = await createTestDatabase();
});
afterAll(() => base?.[Symbol.asyncDispose]());
beforeEach(async () => {
  workspaceId = await addTestWorkspace(base.db);
  [phone, page] = [`phone-${randomUUID()}`, `page-${randomUUID()}`];
  await inside(async (trx) => {
    await addPlatformAccount(trx, { workspaceId, platform: 'whatsapp', name: 'wa', externalId: phone, businessId: `waba-${phone}` });
    await addPlatformAccount(trx, { workspaceId, platform: 'messenger', name: 'fb', externalId: page });
  });
});

const inside = <T>(work: (trx: Trx) => Promise<T>) => inWorkspace(base.db, workspaceId, work);
type Body = { platform: Platform; body: unknown };
const whatsapp = (value: object, field = 'messages'): Body => ({
  platform: 'whatsapp',
  body: {
    object: 'whatsapp_business_account',
    entry: [{ id: `waba-${phone}`, changes: [{ field, value: { metadata: { phone_number_id: phone }, ...value } }] }],
  },
});
const said = (id: string, text: string, more: object = {}) =>
  whatsapp({ messages: [{ from: '4915112345678', id, timestamp: '1700000000', type: 'text', text: { body: text }, ...more }] });
const echo = (id: string, more: object = {}) =>
  whatsapp(
    { message_echoes: [{ from: phone, to: '4915112345678', id, timestamp: '1700000010', type: 'text', text: { body: 'ours' }, ...more }] },
    'smb_message_echoes',
  );
const status = (id: string, name: string, more: object = {}) =>
  whatsapp({ statuses: [{ id, status: name, timestamp: '1700000020', recipient_id: '4915112345678', ...more }] });
const talk = (what: object): Body => ({
  platform: 'messenger',
  body: { object: 'page', entry: [{ id: page, messaging: [{ sender: { id: '777' }, recipient: { id: page }, timestamp: 1700000000000, ...what }] }] },
});
const take = (...bodies: Body[]) => takeBodies(base.db, bodies);
const messages = () =>
  inside(
    async (trx) =>
      await trx
        .selectFrom('messages')
        .select(['platform_id', 'direction', 'body', 'status', 'reactions', 'unsent_at'])
        .orderBy('platform_id')
        .execute(),
  );
const vault = () =>
  inside(
    async (trx) =>
      (await sql<{ state: string; kinds: string[]; error: string | null }>`select state, kinds, error from webhook_deliveries`.execute(trx)).rows,
  );

test('what a person writes stands in their conversation, once, with everything that the platform knows them by', async () => {
  const named = { contacts: [{ wa_id: '4915112345678', user_id: 'DE.1', profile: { name: 'Ann' } }] };
  const first = whatsapp({ ...named, messages: [{ from: '4915112345678', id: 'a', timestamp: '1700000000', type: 'text', text: { body: 'x\0y' } }] });
  await take(
    first,
    first,
    whatsapp({ messages: [{ from: '', from_user_id: 'DE.1', id: 'b', timestamp: '1700000001', type: 'text', text: { body: 'hidden' } }] }),
  );
  expect(await messages()).toMatchObject([{ body: 'xy' }, { body: 'hidden' }]);
  const people = await inside((trx) => trx.selectFrom('aliases').select(['kind', 'value']).orderBy('kind').execute());
  expect(people).toEqual([
    { kind: 'phone', value: '+4915112345678' },
    { kind: 'scoped_id', value: 'DE.1' },
  ]);
  expect(await inside((trx) => trx.selectFrom('conversations').select(['unread', 'title']).execute())).toEqual([{ unread: 2, title: 'Ann' }]);
  expect(await vault()).toEqual([{ state: 'processed', kinds: ['message_in'], error: null }, expect.anything(), expect.anything()]);
});

test('two people turn out to be one when the platform says so, and their conversations and opt-outs too', async () => {
  const by = (id: string, user: string) =>
    whatsapp({ messages: [{ from_user_id: user, id, timestamp: '1700000000', type: 'text', text: { body: id } }] });
  await take(by('a', 'IN.OLD'), by('b', 'IN.NEW'));
  const now = new Date();
  await inside(async (trx) => {
    const people = await trx.selectFrom('aliases').select(['contact_id', 'value']).orderBy('value', 'desc').execute();
    const untils = [new Date(now.getTime() + 60_000), null];
    for (const [at, { contact_id: contactId }] of people.entries())
      await suppressContact(trx, { workspaceId, contactId, source: 'one_click', evidence: 'asked', until: untils[at] ?? null, now });
  });
  await take(
    whatsapp({
      messages: [
        { id: 's', type: 'system', timestamp: '1', system: { type: 'user_changed_user_id', previous_user_id: 'IN.OLD', user_id: 'IN.NEW' } },
      ],
    }),
  );
  expect(await inside((trx) => trx.selectFrom('contacts').select('id').execute())).toHaveLength(1);
  expect(await inside((trx) => trx.selectFrom('conversations').select('unread').execute())).toEqual([{ unread: 2 }]);
  // One paused, the other wanted nothing more.
  expect(await inside((trx) => trx.selectFrom('suppressions').select(['until', 'lifted_at']).execute())).toEqual([{ until: null, lifted_at: null }]);
});

test('a status that comes before its message waits for it, and statuses never go back', async () => {
  await take(status('a', 'read'), status('a', 'sent'), status('in', 'sent'));
  await take(echo('a'), said('in', 'theirs'), status('a', 'delivered'), status('a', 'failed', { errors: [{ code: 131026 }] }));
  expect(await messages()).toMatchObject([
    { platform_id: 'a', status: 'read' },
    { platform_id: 'in', direction: 'in', status: null },
  ]);
});

test('reactions, edits and what was taken back change the message, also when they come first', async () => {
  const react = (emoji: string, at: string) =>
    whatsapp({ messages: [{ from: '1', id: `r${at}`, timestamp: at, type: 'reaction', reaction: { message_id: 'b', emoji } }] });
  const edit = {
    from: '4915112345678',
    id: 'e',
    timestamp: '1700000005',
    type: 'edit',
    edit: { original_message_id: 'a', message: { type: 'text', text: { body: 'better' } } },
  };
  const unsend = { from: '4915112345678', id: 'u', timestamp: '1700000006', type: 'revoke', revoke: { original_message_id: 'c' } };
  await take(whatsapp({ messages: [edit, unsend] }), react('👍', '1700000003'), react('', '1700000001'));
  await take(said('a', 'first'), said('b', 'second'), said('c', 'third'));
  expect(await messages()).toMatchObject([
    { body: 'better' },
    { body: 'second', reactions: [{ from: '1', emoji: '👍' }] },
    { body: '', unsent_at: expect.any(Date) },
  ]);
  await take(react('', '1700000009'), said('c', 'third'));
  expect(await messages()).toMatchObject([{}, { reactions: [] }, { body: '' }]);
});

test('Messenger reads up to a moment, and a message without an id is one message however often it comes', async () => {
  const ours = (mid: string, at: number) =>
    talk({ sender: { id: page }, recipient: { id: '777' }, timestamp: at, message: { mid, text: 'ours', is_echo: true } });
  await take(ours('a', 1700000000000), talk({ read: { watermark: 1700000005000 } }), ours('b', 1700000004000), ours('c', 1700000009000));
  expect(await messages()).toMatchObject([{ status: 'read' }, { status: 'read' }, { status: 'sent' }]);
  const nameless = talk({ message: { text: 'hello' } });
  await take(nameless, nameless);
  expect(await messages()).toHaveLength(4);
});

test('a word or a preference that says stop holds, and the platform’s resume lifts only the platform’s stop', async () => {
  const prefer = (value: string, timestamp: number) =>
    whatsapp({ user_preferences: [{ wa_id: '4915112345678', value, category: 'marketing_messages', timestamp }] }, 'user_preferences');
  const isSuppressed = async () =>
    (await inside((trx) => trx.selectFrom('suppressions').select('id').where('lifted_at', 'is', null).execute())).length > 0;
  await take(said('a', 'hi'), prefer('resume', 1700000300), prefer('stop', 1700000200));
  expect(await isSuppressed()).toBe(false);
  await take(prefer('stop', 1700000400));
  expect(await isSuppressed()).toBe(true);
  await take(prefer('resume', 1700000500));
  expect(await isSuppressed()).toBe(false);
  await take(
    whatsapp({ messages: [{ from: '4915112345678', id: 'b', timestamp: '1700000600', type: 'button', button: { text: 'Unsubscribe' } }] }),
    prefer('resume', 1700000700),
  );
  expect(await isSuppressed()).toBe(true);
});

test('our own sends move by their platform id, are refused late, and an uncertain one is settled by the id that it carried', async () => {
  const ids = await inside(async (trx) => {
    const account = await trx.selectFrom('accounts').select('id').where('name', '=', 'wa').executeTakeFirstOrThrow();
    const person = await trx.insertInto('contacts').values({ workspace_id: workspaceId, name: 'Ann' }).returning('id').executeTakeFirstOrThrow();
    const way = { workspace_id: workspaceId, account_id: account.id, contact_id: person.id, address_kind: 'phone', body: 'Hi' };
    const rows = [
      { ...way, address: '+1', state: 'uncertain', committing_at: new Date() },
      { ...way, address: '+2', state: 'uncertain', committing_at: new Date() },
    ];
    return (await trx.insertInto('deliveries').values(rows).returning('id').execute()).map((row) => row.id);
  });
  await take(
    status('w1', 'delivered', { biz_opaque_callback_data: ids[0] }),
    status('w2', 'failed', { biz_opaque_callback_data: ids[1], errors: [{ code: 131026 }] }),
  );
  const deliveries = () => inside((trx) => trx.selectFrom('deliveries').select(['state', 'error', 'platform_id']).orderBy('address').execute());
  expect(await deliveries()).toMatchObject([
    { state: 'delivered', platform_id: 'w1' },
    { state: 'failed', error: expect.stringContaining('131026') },
  ]);
  await take(status('w1', 'failed'), status('w2', 'read'));
  expect(await deliveries()).toMatchObject([{ state: 'delivered' }, { state: 'read', error: null }]);
});

test('two workers that learn of one person, or of one message, at the same moment leave one person, and all that was said', async () => {
  await take(echo('a'));
  const account = await inside((trx) => trx.selectFrom('accounts').select('id').where('name', '=', 'wa').executeTakeFirstOrThrow());
  const place = { workspaceId, accountId: account.id };
  const hidden = { kind: 'scoped_id', value: 'DE.9' } as const;
  const mark = async (trx: Trx, mark: Pick<Mark, 'kind' | 'value'>) => {
    await addMarks(trx, place, [{ ...mark, platformId: 'a', at: new Date(1_700_000_030_000) }]);
    await applyMarks(trx, place, { ids: ['a'], now: new Date() });
  };
  const [begun, finish] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const first = inside(async (trx) => {
    await joinAliases(trx, { workspaceId, aliases: [hidden], name: null });
    await mark(trx, { kind: 'status', value: 'read' });
    begun.resolve();
    await finish.promise;
  });
  await begun.promise;
  const others = [
    inside((trx) => joinAliases(trx, { workspaceId, aliases: [{ kind: 'phone', value: '+4915199999999' }, hidden], name: 'Ann' })),
    inside((trx) => mark(trx, { kind: 'reaction', value: '👍' })),
  ];
  await untilBlocked(others.length);
  finish.resolve();
  await Promise.all([first, ...others]);
  const people = await inside((trx) => trx.selectFrom('aliases').select('contact_id').where('value', 'in', ['+4915199999999', 'DE.9']).execute());
  expect(people).toHaveLength(2);
  expect(people[0]).toEqual(people[1]);
  expect(await messages()).toMatchObject([{ platform_id: 'a', status: 'read', reactions: [{ emoji: '👍' }] }]);
});

/** Until so many transactions of this database wait for another one. */
async function untilBlocked(count: number): Promise<void> {
  const client = new pg.Client({ connectionString: base.url });
  await client.connect();
  const text = `select count(*)::int as n from pg_stat_activity where datname = current_database() and cardinality(pg_blocking_pids(pid)) > 0`;
  await expect.poll(async () => (await client.query<{ n: number }>(text)).rows[0]?.n).toBe(count);
  await client.end();
}

test('bodies of nobody are kept unassigned, broken ones fail, and a body of two workspaces reaches both and is shown to neither', async () => {
  const theirs = await addTestWorkspace(base.db);
  await inWorkspace(base.db, theirs, (trx) =>
    addPlatformAccount(trx, { workspaceId: theirs, platform: 'messenger', name: 'x', externalId: 'theirs' }),
  );
  const entry = (id: string) => ({ id, messaging: [{ sender: { id: '1' }, recipient: { id }, timestamp: 1, message: { mid: 'm', text: 'x' } }] });
  await take(
    { platform: 'messenger', body: { object: 'page', entry: [entry(page), entry('theirs'), entry('nobody')] } },
    { platform: 'whatsapp', body: 'not json' },
  );
  expect(await messages()).toHaveLength(1);
  expect(await inWorkspace(base.db, theirs, (trx) => trx.selectFrom('messages').select('id').execute())).toHaveLength(1);
  expect(await vault()).toEqual([]);
  const { rows } = await sql<{ id: string }>`select first_workspace() as id`.execute(base.db);
  const seen = await inWorkspace(
    base.db,
    rows[0]?.id ?? '',
    async (trx) =>
      (
        await sql<{
          state: string;
          error: string;
        }>`select state, error from webhook_deliveries where workspace_id is null order by received_at`.execute(trx)
      ).rows,
  );
  expect(seen).toEqual([
    { state: 'processed', error: null },
    { state: 'failed', error: 'The body is not JSON.' },
  ]);
});

test('bodies that come doubled and shuffled end in the state of the ordered run, and replaying all of them changes nothing', {
  timeout: 90_000,
}, async () => {
  const { ordered, shuffled, replayed } = await proveAnyOrder(base.db, { stories: 4, seed: 20_261_121 });
  expect(shuffled).toBe(ordered);
  expect(replayed).toBe(shuffled);
  expect(ordered).toContain('better 3');
});
