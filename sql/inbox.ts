import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import type { AddressKind } from '#core/channel.ts';
import { Failure } from '#core/failure.ts';
import type { Trx } from './database.ts';
import { recordEvent } from './events.ts';
import { instant } from './instant.ts';
import { Moment, moment, type PageAsk, pageOfRows, readCursor } from './page.ts';

type Place = { workspaceId: string; conversationId: string };
export type ConversationFilter = {
  unread?: boolean | undefined;
  archived?: boolean | undefined;
  accountId?: string | undefined;
  channel?: string | undefined;
  search?: string | undefined;
};

/** Newest first; archived ones only when asked for. */
export async function listConversations(trx: Trx, filter: ConversationFilter, { cursor, limit }: PageAsk) {
  const after = readCursor(cursor, z.tuple([Moment.nullable(), z.uuid()]));
  const conditions = [
    filter.archived ? sql`v.archived_at is not null` : sql`v.archived_at is null`,
    ...(filter.unread === undefined ? [] : [filter.unread ? sql`v.unread > 0` : sql`v.unread = 0`]),
    ...(filter.accountId ? [sql`v.account_id = ${filter.accountId}`] : []),
    ...(filter.channel ? [sql`a.channel = ${filter.channel}`] : []),
    ...(filter.search ? [found(filter.search)] : []),
    ...(after ? [past(after[0], after[1])] : []),
  ];
  const rows = await selectConversations(trx, sql.join(conditions, sql` and `), limit + 1);
  const page = pageOfRows(rows, limit, (row) => [row.moment, row.id]);
  return { rows: page.rows.map(toConversation), next: page.next };
}

export async function readConversation(trx: Trx, conversationId: string) {
  const [row] = await selectConversations(trx, sql`v.id = ${conversationId}`, 1);
  if (!row) throw new Failure('not_found');
  return toConversation(row);
}

/** What a reply needs to know. Throws `not_found`. */
export async function readReplyWay(trx: Trx, conversationId: string) {
  const { rows } = await sql<{
    accountId: string;
    contactId: string;
    channel: string;
    addressKind: AddressKind;
    address: string | null;
    name: string;
    isProfile: boolean;
    /** When this person last wrote to this account. */
    heardAt: Date | null;
    /** Whether this person has written to this account. */
    wroteFirst: boolean;
  }>`
    select v.account_id as "accountId", v.contact_id as "contactId", a.channel, coalesce(${address('kind')}, a.addressed_by) as "addressKind", ${address('value')} as address, c.name,
           exists (select from profiles p where p.account_id = a.id) as "isProfile", v.last_incoming_at as "heardAt", v.last_incoming_at is not null as "wroteFirst"
      from conversations v join accounts a on a.id = v.account_id join contacts c on c.id = v.contact_id where v.id = ${conversationId}`.execute(trx);
  const way = rows[0];
  if (!way) throw new Failure('not_found');
  return way;
}

/** When a person last wrote to an account; null: never. */
export async function lastHeard(trx: Trx, { accountId, contactId }: { accountId: string; contactId: string }): Promise<Date | null> {
  const row = await trx
    .selectFrom('conversations')
    .select('last_incoming_at')
    .where('account_id', '=', accountId)
    .where('contact_id', '=', contactId)
    .executeTakeFirst();
  return row?.last_incoming_at ?? null;
}

/** Marks as read here; the other side learns nothing. With `messageId` only that message. */
export async function markRead(trx: Trx, { workspaceId, conversationId }: Place, messageId: string | null = null): Promise<void> {
  const { rows } = await sql<{ account_id: string }>`
    with marked as (
      update messages set read_at = now() where conversation_id = ${conversationId} and direction = 'in' and read_at is null
         and (${messageId}::uuid is null or id = ${messageId}) returning 1
    )
    update conversations set unread = greatest(0, unread - (select count(*) from marked)), updated_at = now()
     where id = ${conversationId} returning account_id`.execute(trx);
  const row = rows[0];
  if (!row) throw new Failure('not_found');
  await recordEvent(trx, workspaceId, { kind: 'conversation_changed', conversationId, accountId: row.account_id });
  if (messageId) await recordEvent(trx, workspaceId, { kind: 'message_changed', messageId, conversationId, accountId: row.account_id });
}

export async function archiveConversation(trx: Trx, { workspaceId, conversationId }: Place, { archived }: { archived: boolean }): Promise<void> {
  const { rows } = await sql<{ account_id: string }>`
    update conversations set archived_at = case when ${archived} then coalesce(archived_at, now()) end, updated_at = now()
     where id = ${conversationId} returning account_id`.execute(trx);
  const row = rows[0];
  if (!row) throw new Failure('not_found');
  await recordEvent(trx, workspaceId, { kind: 'conversation_changed', conversationId, accountId: row.account_id });
}

/**
 * The address that this account would write to: of its own kind, else a phone number where user names stand beside those, or the id that WhatsApp
 * has for somebody who hides the number. Of several, the one that stands in the conversation.
 */
const address = (column: 'kind' | 'value') => sql`(select ${sql.ref(`al.${column}`)} from aliases al
  where al.contact_id = c.id and (al.kind = a.addressed_by or (a.addressed_by = 'handle' and al.kind = 'phone') or (a.channel = 'whatsapp-cloud' and al.kind = 'scoped_id'))
  order by al.kind = a.addressed_by desc, al.value = v.peer desc, al.typed is null, al.position desc limit 1)`;

type Row = {
  id: string;
  moment: string | null;
  account_id: string;
  account_name: string;
  channel: string;
  contact_id: string;
  contact_name: string;
  address: string | null;
  is_group: boolean;
  unread: number;
  archived_at: Date | null;
  last_message_at: Date | null;
  last_direction: 'in' | 'out' | null;
  last_kind: string | null;
  last_text: string | null;
  last_status: 'pending' | 'sent' | 'delivered' | 'read' | 'failed' | null;
  last_incoming_at: Date | null;
  suppressed_at: Date | null;
  created_at: Date;
};

async function selectConversations(trx: Trx, where: RawBuilder<unknown>, limit: number): Promise<Row[]> {
  const { rows } = await sql<Row>`
    select v.id, ${moment('v.last_message_at')} as moment, v.account_id, a.name as account_name, a.channel, v.contact_id,
           regexp_replace(coalesce(nullif(c.name, ''), nullif(v.title, ''), ${address('value')}, v.peer), '^group:', '') as contact_name, ${address('value')} as address, v.is_group, v.unread, v.archived_at, v.last_message_at,
           l.direction as last_direction, l.kind as last_kind, left(l.body, 200) as last_text, l.status as last_status, s.at as suppressed_at, v.last_incoming_at, v.created_at
      from conversations v join accounts a on a.id = v.account_id join contacts c on c.id = v.contact_id
      left join suppressions s on s.contact_id = c.id and s.lifted_at is null
      left join lateral (select direction, kind, body, status from messages m where m.conversation_id = v.id order by m.at desc, m.id desc limit 1) l on true
     where ${where} order by v.last_message_at desc nulls last, v.id limit ${limit}`.execute(trx);
  return rows;
}

/** No index serves this under row policies; it reads the workspace's conversations, which an inbox can bear. */
function found(search: string): RawBuilder<boolean> {
  const text = search.toLowerCase();
  return sql<boolean>`(position(${text} in lower(c.name)) > 0 or position(${text} in lower(v.title)) > 0
    or exists (select from aliases al where al.contact_id = c.id and position(${text} in lower(al.value)) > 0))`;
}

function past(at: string | null, id: string): RawBuilder<boolean> {
  if (at === null) return sql<boolean>`(v.last_message_at is null and v.id > ${id})`;
  return sql<boolean>`(v.last_message_at < ${at}::timestamptz or v.last_message_at = ${at}::timestamptz and v.id > ${id} or v.last_message_at is null)`;
}

function toConversation(row: Row) {
  const lastMessage =
    row.last_direction === null
      ? null
      : { direction: row.last_direction, kind: row.last_kind ?? 'text', text: row.last_text ?? '', status: row.last_status };
  return {
    id: row.id,
    accountId: row.account_id,
    accountName: row.account_name,
    channel: row.channel,
    contactId: row.contact_id,
    contactName: row.contact_name,
    address: row.address,
    isGroup: row.is_group,
    unread: row.unread,
    archivedAt: instant(row.archived_at),
    lastMessageAt: instant(row.last_message_at),
    lastMessage,
    heardAt: instant(row.last_incoming_at),
    suppressedAt: instant(row.suppressed_at),
    createdAt: instant(row.created_at),
  };
}
