import { type RawBuilder, sql } from 'kysely';
import type { z } from 'zod';
import { mostInBatch, type Batch as Shape } from '#core/api/batches.ts';
import { Failure } from '#core/failure.ts';
import { type ConversationChange, changeAll, markReadAll, refuseImpossible } from './conversation-changes.ts';
import { type ConversationFilter, matchingIds } from './conversation-list.ts';
import type { Trx } from './database.ts';
import { recordEvent, recordEvents } from './events.ts';
import { instant } from './instant.ts';

export type Batch = z.output<typeof Shape>;
type Place = { workspaceId: string; batchId: string };
type Start = {
  workspaceId: string;
  personId: string;
  which: { ids: readonly string[] } | { filter: ConversationFilter };
  change: ConversationChange;
};

/** What one transaction changes: short enough that nobody waits for its locks. */
const slice = 200;
/** How long a batch can be taken back. */
const keptDays = 7;

/** Writes down which conversations are meant, as they are now. Nothing is changed yet. */
export async function startBatch(trx: Trx, { workspaceId, personId, which, change }: Start, now: Date): Promise<string> {
  await refuseImpossible(trx, change, now);
  await sql`delete from batches where created_at < ${now}::timestamptz - make_interval(days => ${keptDays})`.execute(trx);
  const found = 'ids' in which ? await knownIds(trx, which.ids) : await matchingIds(trx, which.filter, mostInBatch + 1);
  if (found.length === 0) throw new Failure('not_found', 'No conversation fits.');
  if (found.length > mostInBatch)
    throw new Failure('invalid_input', `One act changes at most ${mostInBatch} conversations. Narrow the filter.`, {
      fields: { filter: 'fits too many' },
    });
  const made = await sql<{ id: string }>`
    with batch as (
      insert into batches (workspace_id, person_id, change, total) values (${workspaceId}, ${personId}, ${JSON.stringify(change)}::jsonb, ${found.length}) returning id
    ), meant as (
      insert into batch_rows (batch_id, conversation_id, workspace_id) select batch.id, one, ${workspaceId} from batch, unnest(${found}::uuid[]) one
    )
    select id from batch`.execute(trx);
  return made.rows[0]?.id ?? '';
}

async function knownIds(trx: Trx, ids: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`select id from conversations where id = any(${ids}::uuid[])`.execute(trx);
  return rows.map(({ id }) => id);
}

/** Does or undoes the next conversations of a batch; false when none is left. A second run of the same slice finds it done. */
export async function runBatch(trx: Trx, place: Place, now: Date): Promise<boolean> {
  const { rows } = await sql<{ change: ConversationChange; undone: boolean; over: boolean }>`
    select change, undone_at is not null as undone, finished_at is not null as over from batches where id = ${place.batchId} for update`.execute(trx);
  const batch = rows[0];
  if (!batch || batch.over) return false;
  const due = batch.undone ? sql`before is not null and undone_at is null` : sql`before is null`;
  const next = await sql<{ id: string }>`
    select conversation_id as id from batch_rows where batch_id = ${place.batchId} and ${due} order by conversation_id limit ${slice}`.execute(trx);
  const ids = next.rows.map((row) => row.id);
  if (batch.undone) await undo(trx, place, { ids, change: batch.change });
  else await act(trx, place, { ids, change: batch.change, now });
  const isLast = ids.length < slice;
  await sql`
    update batches set done = done ${batch.undone ? sql`-` : sql`+`} ${ids.length}::integer, finished_at = ${isLast ? sql`now()` : null} where id = ${place.batchId}`.execute(
    trx,
  );
  await recordEvent(trx, place.workspaceId, { kind: 'batch_changed', batchId: place.batchId });
  return !isLast;
}

/** What has not been changed yet stays as it is; the rest goes back. Throws `not_found`, also when it was undone before. */
export async function beginUndo(trx: Trx, batchId: string): Promise<void> {
  const { rows } = await sql<{ id: string }>`
    update batches set undone_at = now(), finished_at = null where id = ${batchId} and undone_at is null returning id`.execute(trx);
  if (rows.length === 0) throw new Failure('not_found');
}

/** Nobody goes on with it: what has not been changed by now stays as it is. Answers whether it was still under way. */
export async function giveUpBatch(trx: Trx, { workspaceId, batchId }: Place): Promise<boolean> {
  const { rows } = await sql`update batches set finished_at = now() where id = ${batchId} and finished_at is null returning 1`.execute(trx);
  if (rows.length > 0) await recordEvent(trx, workspaceId, { kind: 'batch_changed', batchId });
  return rows.length > 0;
}

export async function readBatch(trx: Trx, batchId: string): Promise<Batch> {
  const row = await trx
    .selectFrom('batches')
    .select(['id', 'total', 'done', 'finished_at', 'undone_at', 'created_at'])
    .where('id', '=', batchId)
    .executeTakeFirst();
  if (!row) throw new Failure('not_found');
  const { id, total, done } = row;
  return { id, total, done, finishedAt: instant(row.finished_at), undoneAt: instant(row.undone_at), createdAt: row.created_at.toISOString() };
}

async function act(
  trx: Trx,
  { workspaceId, batchId }: Place,
  { ids, change, now }: { ids: string[]; change: ConversationChange; now: Date },
): Promise<void> {
  await sql`
    update batch_rows r set changed_at = now(), before = to_jsonb(v) || jsonb_build_object('labels',
             (select coalesce(jsonb_agg(l.label_id), '[]') from conversation_labels l where l.conversation_id = v.id))
      from conversations v where r.batch_id = ${batchId} and r.conversation_id = any(${ids}::uuid[]) and v.id = r.conversation_id`.execute(trx);
  await changeAll(trx, { workspaceId, conversationIds: ids }, change, now);
}

/** What somebody, or a new message, has changed again since stays as it is. */
async function undo(trx: Trx, { workspaceId, batchId }: Place, { ids, change }: { ids: string[]; change: ConversationChange }): Promise<void> {
  const rows = sql`batch_rows r where r.batch_id = ${batchId} and r.conversation_id = any(${ids}::uuid[])`;
  await sql`
    update conversations v set ${sql.join([...fieldsBefore(change), sql`updated_at = now()`])} from ${rows} and v.id = r.conversation_id`.execute(
    trx,
  );
  const { addLabelIds = [], removeLabelIds = [] } = change;
  await sql`
    delete from conversation_labels l using ${rows} and l.conversation_id = r.conversation_id
       and l.label_id = any(${addLabelIds}::uuid[]) and not r.before -> 'labels' ? l.label_id::text`.execute(trx);
  await sql`
    insert into conversation_labels (conversation_id, label_id, workspace_id, state, is_unread, last_message_at)
    select v.id, l.id, v.workspace_id, v.state, v.unread > 0, v.last_message_at from labels l, conversations v, ${rows}
       and v.id = r.conversation_id and l.id = any(${removeLabelIds}::uuid[]) and r.before -> 'labels' ? l.id::text on conflict do nothing`.execute(
    trx,
  );
  if (change.isRead) await unread(trx, rows);
  if (change.isRead === false) await readAgain(trx, rows);
  await sql`update batch_rows r set undone_at = now() where r.batch_id = ${batchId} and r.conversation_id = any(${ids}::uuid[])`.execute(trx);
  const places = await sql<{ id: string; account_id: string }>`select id, account_id from conversations where id = any(${ids}::uuid[])`.execute(trx);
  await recordEvents(
    trx,
    workspaceId,
    places.rows.map((row) => ({ kind: 'conversation_changed', conversationId: row.id, accountId: row.account_id })),
  );
}

function fieldsBefore({ state, assignedTo, teamId, priority }: ConversationChange): RawBuilder<unknown>[] {
  const times = ['archived_at', 'resolved_at', 'snoozed_at', 'snoozed_until'] as const;
  const still = (column: string, value: unknown, was: RawBuilder<unknown>) =>
    sql`${sql.ref(column)} = case when v.${sql.ref(column)} is not distinct from ${value} then ${was} else v.${sql.ref(column)} end`;
  return [
    ...(state === undefined
      ? []
      : times.map(
          (time) => sql`${sql.ref(time)} = case when v.state = ${state} then (r.before ->> ${time})::timestamptz else v.${sql.ref(time)} end`,
        )),
    // Somebody who is gone by now gets nothing back.
    ...(assignedTo === undefined
      ? []
      : [still('assigned_to', sql`${assignedTo}::uuid`, sql`(select id from people where id = (r.before ->> 'assigned_to')::uuid)`)]),
    ...(teamId === undefined ? [] : [still('team_id', sql`${teamId}::uuid`, sql`(select id from teams where id = (r.before ->> 'team_id')::uuid)`)]),
    ...(priority === undefined ? [] : [still('priority', priority, sql`r.before ->> 'priority'`)]),
  ];
}

/** Those that had been read, unless somebody has written since: nobody has seen that. */
async function readAgain(trx: Trx, rows: RawBuilder<unknown>): Promise<void> {
  const { rows: read } = await sql<{ id: string }>`
    select v.id from conversations v, ${rows} and v.id = r.conversation_id and (r.before ->> 'unread')::integer = 0
       and v.last_incoming_at is not distinct from (r.before ->> 'last_incoming_at')::timestamptz`.execute(trx);
  await markReadAll(
    trx,
    read.map((row) => row.id),
  );
}

/** The messages that this batch marked as read, and no others: they carry its moment. */
async function unread(trx: Trx, rows: RawBuilder<unknown>): Promise<void> {
  await sql`
    with again as (
      update messages m set read_at = null from ${rows} and m.conversation_id = r.conversation_id and m.direction = 'in' and m.read_at = r.changed_at
      returning m.conversation_id
    ), counted as (select conversation_id, count(*)::integer as n from again group by 1)
    update conversations v set unread = v.unread + c.n from counted c where v.id = c.conversation_id`.execute(trx);
}
