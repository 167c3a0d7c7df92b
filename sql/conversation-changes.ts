import { sql } from 'kysely';
import type { ConversationState, Priority } from '#core/conversation.ts';
import { Failure } from '#core/failure.ts';
import type { Trx } from './database.ts';
import { recordEvent, recordEvents } from './events.ts';
import { setSla } from './sla.ts';

type Place = { workspaceId: string; conversationId: string };
type Places = { workspaceId: string; conversationIds: readonly string[] };
export type ConversationChange = {
  assignedTo?: string | null | undefined;
  teamId?: string | null | undefined;
  priority?: Priority | undefined;
  state?: ConversationState | undefined;
  snoozedUntil?: string | undefined;
  slaPolicyId?: string | null | undefined;
  isPinned?: boolean | undefined;
  isRead?: boolean | undefined;
  labelIds?: readonly string[] | undefined;
  addLabelIds?: readonly string[] | undefined;
  removeLabelIds?: readonly string[] | undefined;
};

/** Pinned ones stand on the first page all together. */
const mostPinned = 50;

/** Throws `not_found`, and `invalid_input` for a person, team or label that this workspace does not have. */
export async function changeConversation(trx: Trx, { workspaceId, conversationId }: Place, change: ConversationChange, now: Date): Promise<void> {
  await refuseImpossible(trx, change, now);
  if (change.isPinned) await refuseTooManyPins(trx, conversationId);
  const changed = await changeAll(trx, { workspaceId, conversationIds: [conversationId] }, change, now);
  if (changed === 0) throw new Failure('not_found');
}

/** The same change of each; how many of them there are. What it asks for was judged before. */
export async function changeAll(trx: Trx, { workspaceId, conversationIds }: Places, change: ConversationChange, now: Date): Promise<number> {
  const rows = await trx
    .updateTable('conversations')
    .set({
      assigned_to: change.assignedTo,
      team_id: change.teamId,
      priority: change.priority,
      ...(change.isPinned === undefined ? {} : { pinned_at: change.isPinned ? sql<Date>`coalesce(pinned_at, ${now})` : null }),
      ...timesOf(change, now),
      updated_at: sql<Date>`now()`,
    })
    .where('id', '=', sql<string>`any(${conversationIds}::uuid[])`)
    .returning(['id', 'account_id'])
    .execute();
  const ids = rows.map((row) => row.id);
  if (change.labelIds ?? change.addLabelIds ?? change.removeLabelIds) await setLabels(trx, { workspaceId, conversationIds: ids }, change);
  if (change.slaPolicyId !== undefined) await setSla(trx, { workspaceId, conversationIds: ids }, change.slaPolicyId, now);
  if (change.isRead === false) await markUnread(trx, ids);
  if (change.isRead) await markReadAll(trx, ids);
  await recordEvents(
    trx,
    workspaceId,
    rows.map((row) => ({ kind: 'conversation_changed', conversationId: row.id, accountId: row.account_id })),
  );
  return rows.length;
}

export async function markReadAll(trx: Trx, conversationIds: readonly string[]): Promise<void> {
  await sql`
    with marked as (
      update messages set read_at = now() where conversation_id = any(${conversationIds}::uuid[]) and direction = 'in' and read_at is null returning 1
    )
    update conversations set unread = 0 where id = any(${conversationIds}::uuid[]) and unread <> 0`.execute(trx);
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
async function markUnread(trx: Trx, conversationIds: readonly string[]): Promise<void> {
  await sql`
    with newest as (
      select m.id from unnest(${conversationIds}::uuid[]) one cross join lateral (
        select id from messages where conversation_id = one and direction = 'in' order by at desc, id desc limit 1) m
    ), marked as (
      update messages set read_at = null where read_at is not null and id in (select id from newest) returning conversation_id
    )
    update conversations v set unread = v.unread + 1 from marked where v.id = marked.conversation_id`.execute(trx);
}

function timesOf({ state, snoozedUntil }: ConversationChange, now: Date) {
  const none = { archived_at: null, resolved_at: null, snoozed_at: null, snoozed_until: null };
  if (state === 'open') return none;
  if (state === 'snoozed') return { ...none, snoozed_at: now, snoozed_until: snoozedUntil };
  if (state === 'resolved') return { ...none, resolved_at: sql<Date>`coalesce(resolved_at, ${now})` };
  return state === 'archived' ? { archived_at: sql<Date>`coalesce(archived_at, ${now})` } : {};
}

/** `labelIds` are all that it has afterwards. */
async function setLabels(
  trx: Trx,
  { workspaceId, conversationIds }: Places,
  { labelIds, addLabelIds, removeLabelIds }: ConversationChange,
): Promise<void> {
  const off = labelIds ? sql`label_id <> all(${labelIds}::uuid[])` : sql`label_id = any(${removeLabelIds ?? []}::uuid[])`;
  await sql`delete from conversation_labels where conversation_id = any(${conversationIds}::uuid[]) and ${off}`.execute(trx);
  await sql`
    insert into conversation_labels (conversation_id, label_id, workspace_id, state, is_unread, last_message_at)
    select v.id, l.id, ${workspaceId}, v.state, v.unread > 0, v.last_message_at
      from conversations v join labels l on l.id = any(${labelIds ?? addLabelIds ?? []}::uuid[])
     where v.id = any(${conversationIds}::uuid[]) on conflict do nothing`.execute(trx);
}

/** Keys to other tables look past row policies, so it is asked for under them first. */
export async function refuseImpossible(trx: Trx, change: ConversationChange, now: Date): Promise<void> {
  if (change.snoozedUntil && new Date(change.snoozedUntil) <= now)
    throw new Failure('invalid_input', 'Snooze until a time that is still to come.', { fields: { snoozedUntil: 'has passed' } });
  const { assignedTo, teamId, slaPolicyId } = change;
  const labelIds = [...(change.labelIds ?? []), ...(change.addLabelIds ?? []), ...(change.removeLabelIds ?? [])];
  const { rows } = await sql<{ person: boolean; team: boolean; sla: boolean; labels: boolean }>`
    select ${assignedTo ?? null}::uuid is null or exists (select from people where id = ${assignedTo ?? null}::uuid) as person,
           ${teamId ?? null}::uuid is null or exists (select from teams where id = ${teamId ?? null}::uuid) as team,
           ${slaPolicyId ?? null}::uuid is null or exists (select from sla_policies where id = ${slaPolicyId ?? null}::uuid) as sla,
           (select count(*) from labels where id = any(${labelIds}::uuid[])) = ${new Set(labelIds).size} as labels`.execute(trx);
  const known = rows[0];
  const unknown = [
    known?.person ? [] : ['assignedTo'],
    known?.team ? [] : ['teamId'],
    known?.sla ? [] : ['slaPolicyId'],
    known?.labels ? [] : ['labelIds'],
  ].flat();
  if (unknown.length === 0) return;
  throw new Failure('invalid_input', 'This workspace has no such person, team, policy or label.', {
    fields: Object.fromEntries(unknown.map((field) => [field, 'does not exist'])),
  });
}

async function refuseTooManyPins(trx: Trx, conversationId: string): Promise<void> {
  const { rows } = await sql<{
    pins: number;
  }>`select count(*)::int as pins from conversations where pinned_at is not null and id <> ${conversationId}`.execute(trx);
  if ((rows[0]?.pins ?? 0) >= mostPinned) throw new Failure('wrong_state', `At most ${mostPinned} conversations can be pinned. Unpin one first.`);
}
