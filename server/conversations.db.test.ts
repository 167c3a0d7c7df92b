import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Incoming } from '#core/channel.ts';
import { type ConversationFilter, conversationIds } from '#sql/conversation-list.ts';
import { inWorkspace, type Trx } from '#sql/database.ts';
import { foldInboxChanges, wakeConversations } from '#sql/inbox-counts.ts';
import { ingest } from '#sql/ingest.ts';
import { walkInOrder } from '#sql/walk.ts';
import { registerPerson, startTestServer, type TestServer } from './testing/start-test-server.ts';

let server: TestServer;
let owner: Awaited<ReturnType<typeof registerPerson>>;
let accountId: string;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});
beforeEach(async () => {
  owner = await registerPerson(server);
  accountId = (await call('POST', '/profiles', { name: 'Ann', channel: 'converse' })).body.id;
});

const call = (method: string, path: string, body?: unknown) => server.call(method, `/api${path}`, { token: owner.token, body });
const inOwn = <T>(work: (trx: Trx) => Promise<T>) => inWorkspace(server.database.db, owner.workspaceId, work);
const receive = (from: string, platformId: string, over: Partial<Incoming> = {}) =>
  inOwn((trx) =>
    ingest(trx, {
      workspaceId: owner.workspaceId,
      accountId,
      messages: [
        {
          conversation: from,
          peer: { kind: 'jid', value: from, name: '' },
          platformId,
          direction: 'in',
          kind: 'text',
          text: platformId,
          at: new Date(),
          status: null,
          ...over,
        },
      ],
      now: new Date(),
    }),
  );
const find = async (query: string) => (await call('GET', `/conversations?${query}`)).body.rows;
const people = async (query: string) => (await find(query)).map((row: { address: string }) => row.address.split('@')[0]).join(' ');
const change = (id: string, body: object) => call('PATCH', `/conversations/${id}`, body);
/** Conversations of these people, the last named the newest. */
async function talkTo(...names: string[]): Promise<string[]> {
  const ids: string[] = [];
  for (const [n, name] of names.entries()) {
    const [taken] = await receive(`${name}@x.test`, name, { at: new Date(Date.now() - 600_000 + n * 1000) });
    ids.push(taken?.conversationId ?? '');
  }
  return ids;
}

test('a conversation is assigned, prioritised, labelled and pinned, and found by each of these', async () => {
  const [anna, bob] = await talkTo('anna', 'bob', 'carl');
  const { body: label } = await call('POST', '/labels', { name: 'Invoice', colour: 'amber' });
  const { body: team } = await call('POST', '/teams', { name: 'Accounts', memberIds: [owner.personId] });
  const changed = await change(anna ?? '', { assignedTo: owner.personId, teamId: team.id, priority: 'urgent', labelIds: [label.id], isPinned: true });
  expect(changed.body).toMatchObject({
    assignedTo: { id: owner.personId },
    team: { id: team.id, name: 'Accounts' },
    priority: 'urgent',
    labels: [{ id: label.id, name: 'Invoice', colour: 'amber' }],
    pinnedAt: expect.any(String),
  });
  await change(bob ?? '', { labelIds: [label.id] });
  expect(await people('')).toBe('anna carl bob');
  await change(anna ?? '', { isPinned: false });
  expect(await people('')).toBe('carl bob anna');
  expect(await people('view=mine')).toBe('anna');
  expect(await people('view=unassigned')).toBe('carl bob');
  expect(await people(`assignedTo=${owner.personId}`)).toBe('anna');
  expect(await people(`labelId=${label.id}`)).toBe('bob anna');
  expect(await people(`labelId=${label.id}&limit=1`)).toBe('bob');
  expect(await people(`labelId=${label.id}&view=unassigned&channel=converse`)).toBe('bob');
  expect(await people(`teamId=${team.id}`)).toBe('anna');
  expect(await people('priority=urgent')).toBe('anna');
  expect(await people(`channel=converse&accountId=${accountId}&unread=true`)).toBe('carl bob anna');
  expect(await people('channel=telegram-web')).toBe('');
  const { lastMessageAt } = (await find(''))[1];
  expect(await people(`since=${lastMessageAt}`)).toBe('carl bob');
  expect(await people(`until=${lastMessageAt}`)).toBe('anna');
  expect((await change(anna ?? '', { assignedTo: null, teamId: null, labelIds: [] })).body).toMatchObject({
    assignedTo: null,
    team: null,
    labels: [],
  });
});

test('a snooze ends by itself at its time, and like a resolved conversation by a new message; an old one that is read in later opens nothing', async () => {
  const [anna = '', bob = ''] = await talkTo('anna', 'bob');
  const until = new Date(Date.now() + 3_600_000).toISOString();
  expect((await change(anna, { state: 'snoozed', snoozedUntil: until })).body).toMatchObject({ state: 'snoozed', snoozedUntil: until });
  await change(bob, { state: 'resolved' });
  expect(await people('state=open')).toBe('');
  await wakeConversations(server.database.db, new Date());
  expect(await people('state=snoozed')).toBe('anna');
  expect(await wakeConversations(server.database.db, new Date(Date.parse(until)))).toBe(1);
  expect(await people('state=open')).toBe('anna');

  await receive('bob@x.test', 'an old one', { at: new Date('2020-01-01T00:00:00Z') });
  expect(await people('state=resolved')).toBe('bob');
  await receive('bob@x.test', 'a new one');
  expect(await find('state=open')).toMatchObject([{ id: bob, state: 'open', resolvedAt: null, unread: 3 }, { id: anna }]);
  await change(anna, { state: 'snoozed', snoozedUntil: until });
  await receive('anna@x.test', 'hello?');
  expect(await people('state=open')).toBe('anna bob');

  expect((await change(anna, { state: 'snoozed', snoozedUntil: '2020-01-01T00:00:00Z' })).body.error.fields).toHaveProperty('snoozedUntil');
  expect((await change(anna, { state: 'snoozed' })).body.error.fields).toHaveProperty('snoozedUntil');
});

test('read and unread are kept with the messages that they stand for', async () => {
  const [anna = ''] = await talkTo('anna');
  await receive('anna@x.test', 'second');
  expect((await change(anna, { isRead: true })).body.unread).toBe(0);
  expect((await change(anna, { isRead: false })).body.unread).toBe(1);
  expect((await change(anna, { isRead: false })).body.unread).toBe(1);
  await receive('anna@x.test', 'second');
  expect((await find(''))[0].unread).toBe(1);
});

test('people, teams and labels of another workspace cannot be given to a conversation', async () => {
  const stranger = await registerPerson(server);
  const theirs = (path: string, body: object) => server.call('POST', `/api${path}`, { token: stranger.token, body });
  const [anna = ''] = await talkTo('anna');
  const { body: label } = await theirs('/labels', { name: 'Theirs' });
  const { body: team } = await theirs('/teams', { name: 'Theirs' });
  const refused = await change(anna, { assignedTo: stranger.personId, teamId: team.id, labelIds: [label.id] });
  expect(refused).toMatchObject({
    status: 400,
    body: { error: { fields: { assignedTo: expect.any(String), teamId: expect.any(String), labelIds: expect.any(String) } } },
  });
});

test('the counts that are kept are those that counting gives, folded or not, whatever is done in whatever order', async () => {
  const ids = await talkTo('a', 'b', 'c', 'd', 'e', 'f');
  const { body: label } = await call('POST', '/labels', { name: 'Any' });
  const { body: team } = await call('POST', '/teams', { name: 'Any' });
  const acts: ((id: string) => Promise<unknown>)[] = [
    (id) => change(id, { assignedTo: owner.personId }),
    (id) => change(id, { assignedTo: null, teamId: team.id }),
    (id) => change(id, { state: 'resolved' }),
    (id) => change(id, { state: 'snoozed', snoozedUntil: new Date(Date.now() + 60_000).toISOString(), labelIds: [label.id] }),
    (id) => change(id, { isRead: true, labelIds: [label.id] }),
    (id) => change(id, { state: 'archived', labelIds: [] }),
    (id) => change(id, { isRead: false }),
    (id) => inOwn((trx) => sql`delete from conversations where id = ${id}`.execute(trx)),
    () => foldInboxChanges(server.database.db),
    () => receive('b@x.test', String(Math.random())),
  ];
  let seed = 7;
  const draw = (below: number) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  for (let n = 0; n < 60; n += 1) await acts[draw(n < 30 ? 7 : acts.length)]?.(ids[draw(ids.length)] ?? '');
  const { body } = await call('GET', '/inbox/counts');
  const counted = async (where: ReturnType<typeof sql>) => {
    const { rows } = await inOwn((trx) =>
      sql<{ state: string; conversations: number; unread: number }>`
        select state, count(*)::int as conversations, count(*) filter (where unread > 0)::int as unread from conversations v where ${where} group by 1`.execute(
        trx,
      ),
    );
    const none = { conversations: 0, unread: 0 };
    return Object.fromEntries(
      ['open', 'snoozed', 'resolved', 'archived'].map((state) => {
        const { state: _, ...numbers } = rows.find((row) => row.state === state) ?? { state, ...none };
        return [state, numbers];
      }),
    );
  };
  expect(body.all).toEqual(await counted(sql`true`));
  expect(body.mine).toEqual(await counted(sql`assigned_to = ${owner.personId}`));
  expect(body.unassigned).toEqual(await counted(sql`assigned_to is null`));
  expect(body.accounts[accountId]).toEqual(await counted(sql`account_id = ${accountId}`));
  expect(body.teams[team.id]).toEqual(await counted(sql`team_id = ${team.id}`));
  expect(body.labels[label.id]).toEqual(await counted(sql`exists (select from conversation_labels l where l.conversation_id = v.id)`));
});

test('each list walks an index, under row policies too', async () => {
  const { body: label } = await call('POST', '/labels', { name: 'Any' });
  const { body: team } = await call('POST', '/teams', { name: 'Any' });
  await inOwn(async (trx) => {
    await sql`with made as (insert into contacts (workspace_id) select ${owner.workspaceId} from generate_series(1, 3000) returning id)
      insert into conversations (workspace_id, account_id, contact_id, peer, last_message_at, assigned_to, team_id, priority, unread)
      select ${owner.workspaceId}, ${accountId}, id, '', now() - random() * interval '1 year', case when random() < 0.3 then ${owner.personId}::uuid end,
             case when random() < 0.3 then ${team.id}::uuid end, case when random() < 0.3 then 'urgent' else 'none' end, random(0, 1) from made`.execute(
      trx,
    );
    await sql`insert into conversation_labels (conversation_id, label_id, workspace_id, state, is_unread, last_message_at)
      select id, ${label.id}, workspace_id, state, unread > 0, last_message_at from conversations`.execute(trx);
  });
  // As the owner of the tables: the program itself may not.
  const admin = new pg.Client({ connectionString: server.database.url });
  await admin.connect();
  await admin.query('analyze conversations, conversation_labels');
  await admin.end();
  const id = owner.personId;
  const filters: Partial<ConversationFilter>[] = [
    {},
    { view: 'mine' },
    { view: 'unassigned', state: 'open' },
    { accountId },
    { channel: 'converse' },
    { labelId: label.id },
    { teamId: team.id },
    { priority: 'urgent' },
    { unread: true },
    { since: '2031-01-01T00:00:00Z' },
  ];
  const walks = [
    ...filters.map((filter) => ({ filter, isByLabel: true })),
    { filter: { labelId: label.id, view: 'mine' as const }, isByLabel: false },
  ];
  for (const { filter, isByLabel } of walks) {
    const ids = conversationIds({ ...filter, personId: id }, { after: ['2031-01-01T00:00:00Z', id], limit: 50, isByLabel });
    const { rows } = await inOwn(async (trx) => {
      await walkInOrder(trx);
      return sql<{ 'QUERY PLAN': string }>`explain ${ids}`.execute(trx);
    });
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    // One sort is left: of what the few walks have found.
    const found = { filter, scans: plan.match(/Seq Scan on (conversations|conversation_labels)|Bitmap/g), sorts: plan.match(/Sort Key/g)?.length };
    expect(found).toEqual({ filter, scans: null, sorts: 1 });
  }
});
