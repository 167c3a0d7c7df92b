import { sql } from 'kysely';
import type { Trx } from './database.ts';
import { recordEvent } from './events.ts';

/**
 * What was fetched, not told, is news only as far as the platform counts it as unread: of these messages, which are of one conversation, all but
 * its newest `unread` are read.
 */
export async function settleUnread(
  trx: Trx,
  { workspaceId, accountId }: { workspaceId: string; accountId: string },
  { conversationId, messageIds, unread, now }: { conversationId: string; messageIds: readonly string[]; unread: number; now: Date },
): Promise<void> {
  await sql`
    update messages set read_at = ${now} where id = any(${messageIds}::uuid[]) and direction = 'in' and read_at is null
       and id not in (select m.id from messages m where m.conversation_id = ${conversationId} and m.direction = 'in' order by m.at desc, m.id desc limit ${unread})`.execute(
    trx,
  );
  await sql`
    update conversations set unread = (select count(*) from messages m where m.conversation_id = ${conversationId} and m.direction = 'in' and m.read_at is null), updated_at = now()
     where id = ${conversationId}`.execute(trx);
  await recordEvent(trx, workspaceId, { kind: 'conversation_changed', conversationId, accountId });
}
