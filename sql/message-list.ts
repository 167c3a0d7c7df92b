import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import type { Message } from '#core/api/inbox.ts';
import { Failure } from '#core/failure.ts';
import type { Trx } from './database.ts';
import { queryOf } from './message-words.ts';
import { hasNewerTry, type MessageRow, messageColumns, plannedColumns, toMessage } from './messages.ts';
import { Moment, moment, type PageAsk, pageOfRows, readCursor } from './page.ts';
import { walkInOrder } from './walk.ts';

export type MessageFilter = {
  accountId?: string | undefined;
  channel?: string | undefined;
  conversationId?: string | undefined;
  contactId?: string | undefined;
  direction?: z.output<typeof Message>['direction'] | undefined;
  kind?: string | undefined;
  status?: string | undefined;
  unread?: boolean | undefined;
  since?: string | undefined;
  until?: string | undefined;
};
type Ask = PageAsk & { offset?: number | undefined };
type Row = Omit<MessageRow, 'conversation_id'> & { conversation_id: string | null; channel: string; contact_id: string | null; contact_name: string };

/** Newest first, of all accounts. What is only planned stands in its conversation and its campaign, not here. */
export async function findMessages(trx: Trx, filter: MessageFilter, { cursor, limit, offset = 0 }: Ask) {
  const after = readCursor(cursor, z.tuple([Moment, z.uuid()]));
  await walkInOrder(trx);
  const { rows } = await sql<Row>`
    select ${messageColumns}, ${listedColumns}, ${moment('m.at')} as moment
      from (${messageIds(filter, { after, limit: limit + offset + 1 })} offset ${offset}) i
      join messages m on m.id = i.id left join deliveries d on d.id = m.delivery_id
      join conversations v on v.id = m.conversation_id join accounts a on a.id = m.account_id join contacts c on c.id = v.contact_id
     order by m.at desc, m.id desc`.execute(trx);
  const page = pageOfRows(rows, limit, (row) => [row.moment, row.id]);
  return { rows: page.rows.map(toListed), next: page.next };
}

/**
 * Ids in the order of the list. However many messages there are, about as many rows are read as are shown: one walk for each account or conversation
 * that may hold some, along an index that has them in this order.
 */
export function messageIds(filter: MessageFilter, { after, limit }: { after: readonly [string, string] | null; limit: number }): RawBuilder<unknown> {
  const conditions = [...conditionsOf(filter), ...(after ? [sql`(m.at, m.id) < (${after[0]}::timestamptz, ${after[1]}::uuid)`] : [])];
  const lanes = lanesOf(filter);
  const where = sql.join([...(lanes ? [lanes.holds] : []), ...conditions, sql`true`], sql` and `);
  const walk = sql`select m.id, m.at from messages m where ${where} order by m.at desc, m.id desc limit ${limit}`;
  if (!lanes) return walk;
  return sql`select q.id, q.at from (${lanes.from}) l cross join lateral (${walk}) q order by q.at desc, q.id desc limit ${limit}`;
}

/** Those that hold all of these words, newest first. The database walks the newest first and asks its index for rare words only. */
export async function searchMessages(trx: Trx, words: string, { cursor, limit }: PageAsk) {
  const [at, id] = readCursor(cursor, z.tuple([Moment, z.uuid()])) ?? ['infinity', '00000000-0000-0000-0000-000000000000'];
  await walkInOrder(trx);
  const { rows } = await sql<Row>`
    select ${messageColumns}, ${listedColumns}, ${moment('i.at')} as moment
      from search_messages(${queryOf(words)}::tsquery, ${at}::timestamptz, ${id}::uuid, ${limit + 1}) i
      join messages m on m.id = i.message_id left join deliveries d on d.id = m.delivery_id
      join conversations v on v.id = m.conversation_id join accounts a on a.id = m.account_id join contacts c on c.id = v.contact_id
     order by i.at desc, i.message_id desc`.execute(trx);
  const page = pageOfRows(rows, limit, (row) => [row.moment, row.id]);
  return { rows: page.rows.map(toListed), next: page.next };
}

/** Throws `not_found`. A message that was planned here is found by the id of its delivery too. */
export async function readListedMessage(trx: Trx, id: string) {
  const { rows } = await sql<Row>`
    select ${messageColumns}, ${listedColumns}, '' as moment from messages m left join deliveries d on d.id = m.delivery_id
      join conversations v on v.id = m.conversation_id join accounts a on a.id = m.account_id join contacts c on c.id = v.contact_id
     where m.id = ${id} or m.delivery_id = ${id} and not ${hasNewerTry}
    union all
    select ${plannedColumns}, a.channel, d.contact_id, ${nameOf}, '' from deliveries d left join conversations v on v.id = d.conversation_id
      join accounts a on a.id = d.account_id left join contacts c on c.id = d.contact_id
     where d.id = ${id} and d.body is not null and not exists (select from messages m where m.delivery_id = d.id)
     limit 1`.execute(trx);
  const row = rows[0];
  if (!row) throw new Failure('not_found');
  return toListed(row);
}

const nameOf = sql`coalesce(nullif(c.name, ''), nullif(v.title, ''), v.peer, '')`;
const listedColumns = sql`a.channel, v.contact_id, ${nameOf} as contact_name`;

function lanesOf(filter: MessageFilter): { from: RawBuilder<unknown>; holds: RawBuilder<unknown> } | null {
  if (filter.conversationId || filter.contactId) {
    const which = [
      ...(filter.conversationId ? [sql`id = ${filter.conversationId}`] : []),
      ...(filter.contactId ? [sql`contact_id = ${filter.contactId}`] : []),
    ];
    return { from: sql`select id from conversations where ${sql.join(which, sql` and `)}`, holds: sql`m.conversation_id = l.id` };
  }
  // It has an index of its own, over all accounts.
  if (filter.unread) return null;
  const which = [
    ...(filter.accountId ? [sql`id = ${filter.accountId}`] : []),
    ...(filter.channel ? [sql`channel = ${filter.channel}`] : []),
    sql`true`,
  ];
  return { from: sql`select id from accounts where ${sql.join(which, sql` and `)}`, holds: sql`m.account_id = l.id` };
}

function conditionsOf(filter: MessageFilter): RawBuilder<unknown>[] {
  const { unread } = filter;
  return [
    ...(filter.accountId ? [sql`m.account_id = ${filter.accountId}`] : []),
    ...(filter.channel ? [sql`m.account_id in (select id from accounts where channel = ${filter.channel})`] : []),
    ...(filter.direction ? [sql`m.direction = ${filter.direction}`] : []),
    ...(filter.kind ? [sql`m.kind = ${filter.kind}`] : []),
    ...(filter.status ? [sql`m.status = ${filter.status}`] : []),
    ...(unread === undefined ? [] : [unread ? sql`m.direction = 'in' and m.read_at is null` : sql`(m.direction = 'out' or m.read_at is not null)`]),
    ...(filter.since ? [sql`m.at >= ${filter.since}::timestamptz`] : []),
    ...(filter.until ? [sql`m.at < ${filter.until}::timestamptz`] : []),
  ];
}

const toListed = (row: Row) => ({
  ...toMessage(row),
  channel: row.channel,
  contactId: row.contact_id,
  contactName: row.contact_name.replace(/^group:/, ''),
});
