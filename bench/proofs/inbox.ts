import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import pg from 'pg';
import { median } from '#bench/figure.ts';
import { type ConversationFilter, listConversations } from '#sql/conversation-list.ts';
import { type Db, inWorkspace, openDatabase, type Trx } from '#sql/database.ts';
import { startEmbeddedPostgres } from '#sql/embedded.ts';
import { readConversation } from '#sql/inbox.ts';
import { readInboxCounts } from '#sql/inbox-counts.ts';
import { findMessages, type MessageFilter, searchMessages } from '#sql/message-list.ts';
import { listMessages } from '#sql/messages.ts';
import { migrate } from '#sql/migrate.ts';
import { writeCursor } from '#sql/page.ts';
import { fillInbox, type InboxGround } from './inbox/fill.ts';
import type { ProofOptions } from './options.ts';

/** How much more an operation may take in the large inbox than in the small one for each row that it shows, in time and in pages of the database. */
const mostGrowth = 2;
const rounds = 15;
const limit = 50;
const bigTables = ['messages', 'message_words', 'conversations', 'conversation_labels', 'contacts', 'aliases'];

type Operation = (trx: Trx, ground: InboxGround) => Promise<{ rows: unknown[] }>;
type Inbox = AsyncDisposable & { db: Db; ground: InboxGround };

/**
 * 4.11: what an inbox is asked all day, of 100,000 messages and of ten million (a share: 10,000 and 100,000) side by side, under row-level security, each as
 * the product asks it: for each row that is shown the large one
 * may take less than twice the time and twice the pages (of few unread ones a small inbox fills no page), and no operation reads a big table from end to end. `--size N` fills
 * the large one with so many. Left out are
 * one or two letters of a name (where hardly anybody has them, the conversations of the workspace are read), and what many have in theirs: a small inbox
 * looks at these alone, a large one walks by others, and reads four times the pages for it in the share.
 */
export async function proveInbox(options: ProofOptions): Promise<string[]> {
  const sizes = options.isShare ? { small: 10_000, large: 100_000 } : { small: 100_000, large: options.size ?? 10_000_000 };
  const directory = await mkdtemp(join(tmpdir(), 'patchbay-proof-'));
  const postgres = await startEmbeddedPostgres({ dataDir: join(directory, 'postgres'), durability: 'test' });
  try {
    await using small = await openInbox(postgres.adminUrl, { name: 'inbox_small', messages: sizes.small, seed: options.seed });
    await using large = await openInbox(postgres.adminUrl, { name: 'inbox_large', messages: sizes.large, seed: options.seed });
    const problems: string[] = [];
    for (const [name, operation] of Object.entries(operations())) problems.push(...(await compare(name, operation, small, large)));
    return problems;
  } finally {
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function openInbox(adminUrl: string, ask: { name: string; messages: number; seed: number }): Promise<Inbox> {
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  await admin.query(`create database ${ask.name}`);
  await admin.end();
  const url = new URL(adminUrl);
  url.pathname = `/${ask.name}`;
  await migrate(url.href);
  const database = await openDatabase({ url: url.href, max: 1 });
  const inside = new pg.Client({ connectionString: url.href });
  await inside.connect();
  try {
    const { rows } = await inside.query(`select * from register_workspace('inbox', 'UTC', 'owner@inbox.test', 'owner', '', 'x')`);
    console.log(`${ask.name}: ${ask.messages} messages`);
    const ground = await fillInbox(inside, { ...ask, workspaceId: rows[0].workspace_id, say: (line) => console.log(`  ${line}`) });
    return { db: database.db, ground, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() };
  } finally {
    await inside.end();
  }
}

function operations(): Record<string, Operation> {
  const list =
    (filter: (ground: InboxGround) => Partial<ConversationFilter>, from?: 'midway'): Operation =>
    (trx, ground) =>
      listConversations(
        trx,
        { personId: ground.personId, ...filter(ground) },
        { limit, cursor: from && writeCursor([...ground.midway.conversation]) },
      );
  const find =
    (filter: (ground: InboxGround) => MessageFilter, from?: 'midway'): Operation =>
    (trx, ground) =>
      findMessages(trx, filter(ground), { limit, cursor: from && writeCursor([...ground.midway.message]) });
  return {
    list: list(() => ({})),
    'list, from the middle on': list(() => ({}), 'midway'),
    'list, mine': list(() => ({ view: 'mine' })),
    'list, unassigned': list(() => ({ view: 'unassigned' })),
    'list, unread': list(() => ({ unread: true })),
    'list, resolved': list(() => ({ state: 'resolved' })),
    'list, archived': list(() => ({ archived: true })),
    'list, of an account': list(({ accountId }) => ({ accountId })),
    'list, of a channel': list(() => ({ channel: 'whatsapp' })),
    'list, of a team': list(({ teamId }) => ({ teamId })),
    'list, of a priority': list(() => ({ priority: 'urgent' })),
    'list, usual label': list(({ usualLabelId }) => ({ labelId: usualLabelId })),
    'list, rare label': list(({ rareLabelId }) => ({ labelId: rareLabelId })),
    'list, mine and unread': list(() => ({ view: 'mine', unread: true })),
    'list, usual label and unread': list(({ usualLabelId }) => ({ labelId: usualLabelId, unread: true })),
    'list, usual label and mine, resolved': list(({ usualLabelId }) => ({ labelId: usualLabelId, view: 'mine', state: 'resolved' })),
    'list, a part of a number': list(({ rare }) => ({ search: rare.number })),
    'list, a part of a name that one has': list(({ rare }) => ({ search: rare.name })),
    'list, a name that nobody has': list(() => ({ search: 'heliotrope' })),
    'list, before a time': list(({ midway }) => ({ until: midway.conversation[0] })),
    conversation: async (trx, ground) => {
      await readConversation(trx, ground.conversationId);
      return listMessages(trx, ground.conversationId, { limit });
    },
    counts: async (trx, ground) => ({ rows: [await readInboxCounts(trx, ground.personId)] }),
    messages: find(() => ({})),
    'messages, from the middle on': find(() => ({}), 'midway'),
    'messages, of an account': find(({ accountId }) => ({ accountId })),
    'messages, unread': find(() => ({ unread: true })),
    'messages, sent': find(() => ({ direction: 'out' })),
    'search, a common word': (trx) => searchMessages(trx, 'parcel', { limit }),
    'search, a rare word': (trx) => searchMessages(trx, 'heliotrope', { limit }),
    'search, a common word and the beginning of one': (trx) => searchMessages(trx, 'parcel ka', { limit }),
  };
}

async function compare(name: string, operation: Operation, small: Inbox, large: Inbox): Promise<string[]> {
  const ratios: number[] = [];
  await measure(small, operation);
  await measure(large, operation);
  let seen = { small: await measure(small, operation), large: await measure(large, operation) };
  for (let nth = 0; nth < rounds; nth += 1) {
    const [first, second] = nth % 2 === 0 ? ([small, large] as const) : ([large, small] as const);
    const measured = new Map([[first, await measure(first, operation)]]);
    measured.set(second, await measure(second, operation));
    seen = { small: measured.get(small) ?? seen.small, large: measured.get(large) ?? seen.large };
    ratios.push(perRow(seen.large, 'ms') / perRow(seen.small, 'ms'));
  }
  const growth = { ms: median(ratios), pages: perRow(seen.large, 'pages') / perRow(seen.small, 'pages') };
  const [few, many] = [seen.small, seen.large].map(({ rows, ms, pages }) => `${rows} rows in ${ms.toFixed(1)} ms and ${pages} pages`);
  console.log(`${name}: ${growth.ms.toFixed(2)} of the time and ${growth.pages.toFixed(2)} of the pages for each row (${few}; ${many})`);
  return [
    ...(growth.ms >= mostGrowth ? [`${name} took ${growth.ms.toFixed(2)} times as long in the large inbox`] : []),
    ...(growth.pages >= mostGrowth ? [`${name} read ${growth.pages.toFixed(2)} times as many pages in the large inbox`] : []),
    ...seen.large.walked.map((table) => `${name} read ${table} from end to end`),
  ];
}

const perRow = (seen: Seen, what: 'ms' | 'pages'): number => seen[what] / Math.max(1, seen.rows);

type Seen = { rows: number; ms: number; pages: number; walked: string[] };

/** In a transaction of its own, as each request has. */
async function measure({ db, ground }: Inbox, operation: Operation): Promise<Seen> {
  return inWorkspace(db, ground.workspaceId, async (trx) => {
    const before = new Map((await readTouched(trx)).map((one) => [one.name, one]));
    const started = performance.now();
    const { rows } = await operation(trx, ground);
    const ms = performance.now() - started;
    const touched = (await readTouched(trx)).map((one) => {
      const { pages = 0, walks = 0 } = before.get(one.name) ?? {};
      return { name: one.name, pages: one.pages - pages, walks: one.walks - walks };
    });
    return {
      rows: rows.length,
      ms,
      pages: touched.reduce((sum, one) => sum + one.pages, 0),
      walked: touched.filter((one) => one.walks > 0 && bigTables.includes(one.name)).map((one) => one.name),
    };
  });
}

/** Tables and indexes as this connection has read them, also inside functions. Postgres forgets its counts at the end of some transaction, not of each. */
async function readTouched(trx: Trx): Promise<{ name: string; pages: number; walks: number }[]> {
  const { rows } = await sql<{ name: string; pages: number; walks: number }>`
    select relname as name, pg_stat_get_xact_blocks_fetched(oid)::float8 as pages, case when relkind = 'r' then pg_stat_get_xact_numscans(oid) else 0 end::float8 as walks
      from pg_class where relkind in ('r', 'i') and relnamespace = 'public'::regnamespace`.execute(trx);
  return rows;
}
