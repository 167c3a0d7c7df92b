import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import type { Message } from '#core/api/inbox.ts';
import { Failure } from '#core/failure.ts';
import type { Trx } from './database.ts';
import { usedKey } from './deliveries.ts';
import { instant } from './instant.ts';
import { mediaOf } from './media.ts';
import { Moment, moment, type PageAsk, pageOfRows, readCursor } from './page.ts';

type Status = 'planned' | 'pending' | 'sent' | 'delivered' | 'read' | 'failed' | 'uncertain' | 'cancelled' | 'skipped';
type MessageReply = z.output<typeof Message>;
export type MessageRow = {
  id: string;
  moment: string;
  conversation_id: string;
  account_id: string;
  delivery_id: string | null;
  platform_id: string | null;
  direction: 'in' | 'out';
  kind: string;
  body: string;
  folded: string | null;
  author: string | null;
  said_by: MessageReply['saidBy'];
  media: MessageReply['media'];
  reply_to: MessageReply['replyTo'];
  status: Status | null;
  error: string | null;
  reactions: MessageReply['reactions'];
  edited_at: Date | null;
  unsent_at: Date | null;
  send_at: Date | null;
  at: Date;
  read_at: Date | null;
  created_at: Date;
};

/** Newest first. What was written here and has not reached the platform yet stands among them, with the state of its delivery. */
export async function listMessages(trx: Trx, conversationId: string, { cursor, limit }: PageAsk) {
  const after = readCursor(cursor, z.tuple([Moment, z.uuid()]));
  const older = after ? sql`where (t.at, t.id) < (${after[0]}::timestamptz, ${after[1]}::uuid)` : sql``;
  const { rows } = await sql<MessageRow>`
    select t.*, ${moment('t.at')} as moment from (${thread(conversationId)}) t ${older} order by t.at desc, t.id desc limit ${limit + 1}`.execute(
    trx,
  );
  const page = pageOfRows(rows, limit, (row) => [row.moment, row.id]);
  return { rows: page.rows.map(toMessage), next: page.next };
}

/** The message that a delivery became, or the delivery itself while it is not one yet. */
export async function readMessageOf(trx: Trx, conversationId: string, deliveryId: string) {
  const { rows } = await sql<MessageRow>`select t.* from (${thread(conversationId)}) t where t.delivery_id = ${deliveryId}`.execute(trx);
  const row = rows[0];
  if (!row) throw usedKey();
  return toMessage(row);
}

/** A message of this conversation that can be answered by itself. Throws `invalid_input`. */
export async function requireQuotable(trx: Trx, conversationId: string, messageId: string): Promise<void> {
  const row = await trx
    .selectFrom('messages')
    .select('platform_id')
    .where('id', '=', messageId)
    .where('conversation_id', '=', conversationId)
    .executeTakeFirst();
  if (!row) throw new Failure('invalid_input', 'There is no such message in this conversation.', { fields: { replyTo: 'does not exist here' } });
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

function thread(conversationId: string): RawBuilder<MessageRow> {
  return sql<MessageRow>`
    select ${messageColumns} from messages m left join deliveries d on d.id = m.delivery_id where m.conversation_id = ${conversationId} and not ${hasNewerTry}
    union all
    select ${plannedColumns} from conversations v join deliveries d on d.contact_id = v.contact_id and d.conversation_id = v.id
     where v.id = ${conversationId} and d.body is not null and not exists (select from messages m where m.delivery_id = d.id)`;
}

/** The message that a message or a delivery answers, as the contract shows it. */
const quotedBy = (
  of: 'm' | 'd',
) => sql`(select jsonb_build_object('id', q.id, 'direction', q.direction, 'kind', q.kind, 'text', left(q.body, 300), 'author', q.author)
  from messages q where q.id = ${sql.ref(`${of}.reply_to`)})`;

/** What a platform told to have failed and is tried again: it stands there as what is still to come, until the next try takes its place. */
const statusWithTries = sql`case when m.status = 'failed' and d.state in ('planned', 'claimed') then 'planned'
  when m.status = 'failed' and d.state = 'committing' then 'pending' else m.status end as status`;
export const hasNewerTry = sql`(m.status = 'failed' and exists (select from messages n where n.delivery_id = m.delivery_id and (n.created_at, n.id) > (m.created_at, m.id)))`;

/** Of what a bot answered: its name, or that of the rule. */
const saidBy = sql`(select jsonb_build_object('is', case when b.kind = 'rules' then 'rule' else 'bot' end, 'turnId', o.turn_id::text, 'name', coalesce(
    (select s #>> '{by,name}' from jsonb_array_elements(t.steps) s where b.kind = 'rules' and s #>> '{by,is}' = 'rule' and s ->> 'code' = 'did' and s ->> 'detail' ~ 'answer|canned' limit 1), b.name, ''))
  from bot_answers o left join bots b on b.id = o.bot_id left join bot_turns t on t.id = o.turn_id where o.delivery_id = d.id)`;

/** Of a message `m` and the delivery `d` that it was planned as. */
export const messageColumns = sql`m.id, m.conversation_id, m.account_id, m.delivery_id, m.platform_id, m.direction, m.kind, m.body, m.folded, m.author, ${saidBy} as said_by,
  ${mediaOf(sql`m.media_id`)} as media, ${quotedBy('m')} as reply_to, ${statusWithTries}, d.error, m.reactions, m.edited_at, m.unsent_at, null::timestamptz as send_at, m.at, m.read_at, m.created_at`;
/** The same columns of a delivery `d` that is no message yet, in its conversation `v`. */
export const plannedColumns = sql`d.id, v.id, d.account_id, d.id, d.platform_id, 'out', coalesce((select k.kind from media k where k.id = d.media_id), 'text'), d.body, null, null, ${saidBy},
  ${mediaOf(sql`d.media_id`)}, ${quotedBy('d')},
  case d.state when 'claimed' then 'planned' when 'committing' then 'pending' else d.state end, d.error, '[]'::jsonb, null, null,
  case when d.state = 'planned' and d.due_at > d.created_at + interval '1 minute' then d.due_at end, coalesce(d.committing_at, d.created_at), null, d.created_at`;

export function toMessage<C extends string | null>(row: Omit<MessageRow, 'conversation_id'> & { conversation_id: C }) {
  return {
    id: row.id,
    conversationId: row.conversation_id,
    accountId: row.account_id,
    deliveryId: row.delivery_id,
    platformId: row.platform_id,
    direction: row.direction,
    kind: row.kind,
    text: row.body,
    folded: row.folded,
    author: row.author,
    saidBy: row.said_by,
    media: row.media,
    replyTo: row.reply_to,
    status: row.status,
    error: row.error,
    reactions: row.reactions,
    editedAt: instant(row.edited_at),
    unsentAt: instant(row.unsent_at),
    sendAt: instant(row.send_at),
    at: instant(row.at),
    readAt: instant(row.read_at),
    createdAt: instant(row.created_at),
  };
}
