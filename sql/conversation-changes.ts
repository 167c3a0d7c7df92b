import { sql } from 'kysely';
import type { ConversationState, Priority } from '#core/conversation.ts';
import { Failure } from '#core/failure.ts';
import type { Trx } from './database.ts';
import { recordEvent } from './events.ts';

type Place = { workspaceId: string; conversationId: string };
export type ConversationChange = {
  assignedTo?: string | null | undefined;
  teamId?: string | null | undefined;
  priority?: Priority | undefined;
  state?: ConversationState | undefined;
  snoozedUntil?: string | undefined;
  isPinned?: boolean | undefined;
  isRead?: boolean | undefined;
  labelIds?: readonly string[] | undefined;
};

/** Pinned ones stand on the first page all together. */
const mostPinned = 50;

/** Throws `not_found`, and `invalid_input` for a person, team or label that this workspace does not have. */
export async function changeConversation(trx: Trx, { workspaceId, conversationId }: Place, change: ConversationChange, now: Date): Promise<void> {
  await refuseUnknown(trx, change);
  if (change.snoozedUntil && new Date(change.snoozedUntil) <= now)
    throw new Failure('invalid_input', 'Snooze until a time that is still to come.', { fields: { snoozedUntil: 'has passed' } });
  if (change.isPinned) await refuseTooManyPins(trx, conversationId);
  const row = await trx
    .updateTable('conversations')
    .set({
      assigned_to: change.assignedTo,
      team_id: change.teamId,
      priority: change.priority,
      ...(change.isPinned === undefined ? {} : { pinned_at: change.isPinned ? sql<Date>`coalesce(pinned_at, ${now})` : null }),
      ...timesOf(change, now),
      updated_at: sql<Date>`now()`,
    })
    .where('id', '=', conversationId)
    .returning('account_id')
    .executeTakeFirst();
  if (!row) throw new Failure('not_found');
  if (change.labelIds) await setLabels(trx, { workspaceId, conversationId }, change.labelIds);
  if (change.isRead === false) await markUnread(trx, conversationId);
  if (change.isRead) await markRead(trx, { workspaceId, conversationId });
  else await recordEvent(trx, workspaceId, { kind: 'conversation_changed', conversationId, accountId: row.account_id });
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

/** The newest message that came in counts as unread again, so that the conversation asks for attention. One without any stays read. */
async function markUnread(trx: Trx, conversationId: string): Promise<void> {
  await sql`
    with marked as (
      update messages set read_at = null where read_at is not null and id = (
        select id from messages where conversation_id = ${conversationId} and direction = 'in' order by at desc, id desc limit 1) returning 1
    )
    update conversations set unread = unread + (select count(*) from marked) where id = ${conversationId}`.execute(trx);
}

function timesOf({ state, snoozedUntil }: ConversationChange, now: Date) {
  const none = { archived_at: null, resolved_at: null, snoozed_at: null, snoozed_until: null };
  if (state === 'open') return none;
  if (state === 'snoozed') return { ...none, snoozed_at: now, snoozed_until: snoozedUntil };
  if (state === 'resolved') return { ...none, resolved_at: sql<Date>`coalesce(resolved_at, ${now})` };
  return state === 'archived' ? { archived_at: sql<Date>`coalesce(archived_at, ${now})` } : {};
}

async function setLabels(trx: Trx, { workspaceId, conversationId }: Place, labelIds: readonly string[]): Promise<void> {
  await sql`delete from conversation_labels where conversation_id = ${conversationId} and label_id <> all(${labelIds}::uuid[])`.execute(trx);
  await sql`
    insert into conversation_labels (conversation_id, label_id, workspace_id, state, is_unread, last_message_at)
    select v.id, l.id, ${workspaceId}, v.state, v.unread > 0, v.last_message_at from conversations v join labels l on l.id = any(${labelIds}::uuid[])
     where v.id = ${conversationId} on conflict do nothing`.execute(trx);
}

/** Keys to other tables look past row policies, so it is asked for under them first. */
async function refuseUnknown(trx: Trx, { assignedTo, teamId, labelIds = [] }: ConversationChange): Promise<void> {
  const { rows } = await sql<{ person: boolean; team: boolean; labels: boolean }>`
    select ${assignedTo ?? null}::uuid is null or exists (select from people where id = ${assignedTo ?? null}::uuid) as person,
           ${teamId ?? null}::uuid is null or exists (select from teams where id = ${teamId ?? null}::uuid) as team,
           (select count(*) from labels where id = any(${labelIds}::uuid[])) = ${new Set(labelIds).size} as labels`.execute(trx);
  const known = rows[0];
  const unknown = [known?.person ? [] : ['assignedTo'], known?.team ? [] : ['teamId'], known?.labels ? [] : ['labelIds']].flat();
  if (unknown.length === 0) return;
  throw new Failure('invalid_input', 'This workspace has no such person, team or label.', {
    fields: Object.fromEntries(unknown.map((field) => [field, 'does not exist'])),
  });
}

async function refuseTooManyPins(trx: Trx, conversationId: string): Promise<void> {
  const { rows } = await sql<{
    pins: number;
  }>`select count(*)::int as pins from conversations where pinned_at is not null and id <> ${conversationId}`.execute(trx);
  if ((rows[0]?.pins ?? 0) >= mostPinned) throw new Failure('wrong_state', `At most ${mostPinned} conversations can be pinned. Unpin one first.`);
}
