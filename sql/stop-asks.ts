import { sql } from 'kysely';
import { Failure } from '#core/failure.ts';
import type { Trx } from './database.ts';
import { planSend } from './deliveries.ts';
import { refuseUnlessWritable } from './direct-send.ts';
import { recordEvent } from './events.ts';
import { readReplyWay } from './inbox.ts';
import { readWorkspace } from './workspace.ts';

/** What came in, and where. */
export type Heard = { workspaceId: string; messageId: string; conversationId: string; contactId: string; now: Date };
/** For so long after their word somebody may be told that it was heard; every platform takes an answer then. */
const freshHours = 24;
/** The mark of conversations in which somebody may want to be left alone; a person looks, and takes it off. */
const nearMissLabel = { name: 'STOP?', colour: 'amber' };

/**
 * Whether it may be said that a STOP was heard, to be asked before it is acted on: once it is, nobody may write. Not in a group, not to an address
 * that rules refuse, not for what was read long after, and not where the workspace says so.
 */
export async function mayConfirmStop(trx: Trx, { workspaceId, messageId, contactId, conversationId, now }: Heard): Promise<boolean> {
  const { settings } = await readWorkspace(trx);
  if (settings.confirmStop === false) return false;
  const { rows } = await sql`
    select from messages where id = ${messageId} and author is null and at > ${now}::timestamptz - make_interval(hours => ${freshHours})`.execute(
    trx,
  );
  if (rows.length === 0) return false;
  const way = await readReplyWay(trx, conversationId);
  try {
    await refuseUnlessWritable(trx, { ...way, workspaceId, contactId });
    return true;
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}

/** Plans the one message that says that a STOP was heard. The suppression has to stand already. */
export async function confirmStop(trx: Trx, { workspaceId, messageId, conversationId, contactId }: Heard, body: string): Promise<void> {
  const way = await readReplyWay(trx, conversationId);
  const { rows } = await sql<{ id: string }>`
    select id from suppressions where contact_id = ${contactId} and lifted_at is null and message_id = ${messageId}`.execute(trx);
  const [suppression] = rows;
  if (!suppression || !way.address) return;
  const { accountId, addressKind, address, name } = way;
  const to = { accountId, conversationId, contactId, addressKind, address, name };
  await planSend(trx, { workspaceId, ...to, body, priority: 0, confirms: suppression.id });
}

/** Somebody may have asked to be left alone: their conversation is marked, so that a person looks. */
export async function markNearMiss(trx: Trx, { workspaceId, conversationId }: Heard): Promise<void> {
  const { rows } = await sql<{ account_id: string }>`
    with made as (
      insert into labels (workspace_id, name, colour) values (${workspaceId}, ${nearMissLabel.name}, ${nearMissLabel.colour})
      on conflict (workspace_id, name) do update set name = excluded.name returning id
    ), marked as (
      insert into conversation_labels (conversation_id, label_id, workspace_id, state, is_unread, last_message_at)
      select v.id, made.id, ${workspaceId}, v.state, v.unread > 0, v.last_message_at from conversations v cross join made where v.id = ${conversationId}
      on conflict do nothing returning conversation_id
    )
    select v.account_id from conversations v join marked m on m.conversation_id = v.id`.execute(trx);
  for (const { account_id: accountId } of rows) await recordEvent(trx, workspaceId, { kind: 'conversation_changed', conversationId, accountId });
}
