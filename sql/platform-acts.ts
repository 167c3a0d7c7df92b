import { sql } from 'kysely';
import type { PlatformAct } from '#core/platform-act.ts';
import type { Trx } from './database.ts';
import { addMarks, applyMarks } from './marks.ts';

export type ActTarget = { accountId: string; channel: string; to: string; messageId: string | null };

/**
 * Whom an act is about: its own message, or the newest that the person wrote. Null when the person has no address here, and where
 * one who wants no messages would get a sign from us: that their words were seen is none.
 */
export async function findActTarget(trx: Trx, { conversationId, act }: { conversationId: string; act: PlatformAct }): Promise<ActTarget | null> {
  const one = act.is === 'react' ? sql`m.id = ${act.messageId}` : sql`m.direction = 'in'`;
  const { rows } = await sql<{ account_id: string; channel: string; address: string | null; platform_id: string | null }>`
    select v.account_id, a.channel, v.peer as address,
           (select m.platform_id from messages m where m.conversation_id = v.id and ${one} order by m.at desc, m.id desc limit 1) as platform_id
      from conversations v join accounts a on a.id = v.account_id where v.id = ${conversationId}
       and (${act.is === 'seen'} or not refuses_send(v.workspace_id, v.contact_id, v.account_id, null, null))`.execute(trx);
  const row = rows[0];
  return row?.address ? { accountId: row.account_id, channel: row.channel, to: row.address, messageId: row.platform_id } : null;
}

/** Our own sign stands at the message from now on, as it does for the person. */
export async function keepReaction(
  trx: Trx,
  { workspaceId, accountId, messageId, emoji, now }: { workspaceId: string; accountId: string; messageId: string; emoji: string; now: Date },
): Promise<void> {
  const place = { workspaceId, accountId };
  await addMarks(trx, place, [{ platformId: messageId, kind: 'reaction', sender: accountId, value: emoji, at: now }]);
  await applyMarks(trx, place, { ids: [messageId], now });
}
