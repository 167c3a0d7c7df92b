import { sql } from 'kysely';
import type { Trx } from './database.ts';
import { recordEvents } from './events.ts';
import { isTitled } from './same-title.ts';

/**
 * Chats whose last sends have not been seen read yet: at most five at a time, those looked at longest ago first. None while the account
 * has something to send: looking for ticks would hold that up.
 */
export async function watchedConversations(trx: Trx, accountId: string, now: Date): Promise<{ conversation: string; name: string }[]> {
  const { rows } = await sql<{ conversation: string; name: string }>`
    with due as (
      select v.id, v.peer, v.title from conversations v
       where v.account_id = ${accountId} and v.unread = 0 and v.peer <> ''
         and not exists (select from deliveries p where p.account_id = ${accountId} and (p.state = 'planned' and p.due_at <= ${now} or p.state in ('claimed', 'committing')))
         and exists (select from deliveries d where d.conversation_id = v.id and d.state in ('sent', 'delivered') and d.sent_at > ${now}::timestamptz - interval '1 day')
       order by v.looked_at nulls first, v.last_message_at limit 5)
    update conversations v set looked_at = ${now} from due where v.id = due.id returning due.peer as conversation, due.title as name`.execute(trx);
  return rows;
}

/**
 * Chats of the last day in which what we came to know of last is our own, the newest first. By when it became known: a messenger that shows
 * minutes puts an answer before what it answers.
 */
export async function awaitingConversations(trx: Trx, accountId: string, now: Date): Promise<{ conversation: string; name: string }[]> {
  const { rows } = await sql<{ conversation: string; name: string }>`
    select v.peer as conversation, v.title as name from conversations v
     where v.account_id = ${accountId} and v.peer <> '' and v.last_message_at > ${now}::timestamptz - interval '1 day'
       and (select m.direction from messages m where m.conversation_id = v.id order by m.created_at desc, m.at desc limit 1) = 'out'
     order by v.last_message_at desc limit 200`.execute(trx);
  return rows;
}

/** Keeps what the badges say: it is shown where the chats themselves have not been opened. */
export async function noteUnread(
  trx: Trx,
  ask: { workspaceId: string; accountId: string; unread: readonly { conversation: string; name: string; count: number }[]; now: Date },
): Promise<void> {
  const { rows } = await sql<{ id: string }>`
    update conversations v set badge = coalesce(u.count, 0), updated_at = now()
      from conversations w left join jsonb_to_recordset(${JSON.stringify(ask.unread)}::jsonb) as u (conversation text, name text, count integer)
           on ${isTitled('w', sql`u.conversation`)}
     where w.id = v.id and v.account_id = ${ask.accountId} and v.badge is distinct from coalesce(u.count, 0) returning v.id`.execute(trx);
  await sql`update accounts set last_read_at = ${ask.now}, badge = ${ask.unread.reduce((sum, one) => sum + one.count, 0)} where id = ${ask.accountId}`.execute(
    trx,
  );
  await recordEvents(
    trx,
    ask.workspaceId,
    rows.map((row) => ({ kind: 'conversation_changed', conversationId: row.id, accountId: ask.accountId })),
  );
}
