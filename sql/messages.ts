import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { Failure } from '#core/failure.ts';
import type { Trx } from './database.ts';
import { instant } from './instant.ts';
import { Moment, moment, type PageAsk, pageOfRows, readCursor } from './page.ts';

type Status = 'planned' | 'pending' | 'sent' | 'delivered' | 'read' | 'failed' | 'uncertain' | 'cancelled' | 'skipped';
type Row = {
  id: string;
  moment: string;
  conversation_id: string;
  account_id: string;
  delivery_id: string | null;
  platform_id: string | null;
  direction: 'in' | 'out';
  kind: string;
  body: string;
  status: Status | null;
  error: string | null;
  at: Date;
  read_at: Date | null;
  created_at: Date;
};

/** Newest first. What was written here and has not reached the platform yet stands among them, with the state of its delivery. */
export async function listMessages(trx: Trx, conversationId: string, { cursor, limit }: PageAsk) {
  const after = readCursor(cursor, z.tuple([Moment, z.uuid()]));
  const older = after ? sql`where (t.at, t.id) < (${after[0]}::timestamptz, ${after[1]}::uuid)` : sql``;
  const { rows } = await sql<Row>`
    select t.*, ${moment('t.at')} as moment from (${thread(conversationId)}) t ${older} order by t.at desc, t.id desc limit ${limit + 1}`.execute(
    trx,
  );
  const page = pageOfRows(rows, limit, (row) => [row.moment, row.id]);
  return { rows: page.rows.map(toMessage), next: page.next };
}

/** The message that a delivery became, or the delivery itself while it is not one yet. */
export async function readMessageOf(trx: Trx, conversationId: string, deliveryId: string) {
  const { rows } = await sql<Row>`select t.* from (${thread(conversationId)}) t where t.delivery_id = ${deliveryId}`.execute(trx);
  const row = rows[0];
  if (!row) throw new Failure('already_exists', 'This clientKey was used for another message.', { fields: { clientKey: 'was used before' } });
  return toMessage(row);
}

/** Where a message stands, and whether it was read: by us when it came in, by them when it went out. Throws `not_found`. */
export async function placeOfMessage(trx: Trx, messageId: string): Promise<{ conversationId: string; accountId: string; isRead: boolean }> {
  const row = await trx
    .selectFrom('messages')
    .select(['conversation_id', 'account_id', 'read_at', 'status'])
    .where('id', '=', messageId)
    .executeTakeFirst();
  if (!row) throw new Failure('not_found');
  return { conversationId: row.conversation_id, accountId: row.account_id, isRead: row.read_at !== null || row.status === 'read' };
}

function thread(conversationId: string): RawBuilder<Row> {
  return sql<Row>`
    select m.id, m.conversation_id, m.account_id, m.delivery_id, m.platform_id, m.direction, m.kind, m.body, m.status, d.error, m.at, m.read_at, m.created_at
      from messages m left join deliveries d on d.id = m.delivery_id where m.conversation_id = ${conversationId}
    union all
    select d.id, v.id, v.account_id, d.id, d.platform_id, 'out', 'text', d.body,
           case d.state when 'claimed' then 'planned' when 'committing' then 'pending' else d.state end, d.error, coalesce(d.committing_at, d.created_at), null, d.created_at
      from conversations v join deliveries d on d.contact_id = v.contact_id and d.conversation_id = v.id
     where v.id = ${conversationId} and d.body is not null and not exists (select from messages m where m.delivery_id = d.id)`;
}

function toMessage(row: Row) {
  return {
    id: row.id,
    conversationId: row.conversation_id,
    accountId: row.account_id,
    deliveryId: row.delivery_id,
    platformId: row.platform_id,
    direction: row.direction,
    kind: row.kind,
    text: row.body,
    status: row.status,
    error: row.error,
    at: instant(row.at),
    readAt: instant(row.read_at),
    createdAt: instant(row.created_at),
  };
}
