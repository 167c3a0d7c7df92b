import { sql } from 'kysely';
import type { z } from 'zod';
import type { CannedAnswer, Note, SavedView } from '#core/api/desk.ts';
import { Failure } from '#core/failure.ts';
import type { Trx } from './database.ts';
import { recordEvent } from './events.ts';
import { instant } from './instant.ts';
import { requireRoom } from './room.ts';
import { brokenUnique } from './unique.ts';

type Place = { workspaceId: string; conversationId: string };
type Named = { id: string; name: string };

/** Oldest first: the newest few hundred, which is more than anybody reads. */
export async function listNotes(trx: Trx, conversationId: string, noteId: string | null = null): Promise<z.output<typeof Note>[]> {
  const { rows } = await sql<{ id: string; conversationId: string; text: string; person: Named | null; mentions: Named[]; at: Date }>`
    select n.id, n.conversation_id as "conversationId", n.body as text, n.at, case when p.id is not null then ${named('p')} end as person,
           coalesce((select jsonb_agg(${named('m')}) from people m where m.id = any(n.mentions)), '[]') as mentions
      from conversation_notes n left join people p on p.id = n.person_id
     where n.conversation_id = ${conversationId} and (${noteId}::uuid is null or n.id = ${noteId}::uuid) order by n.at desc, n.id desc limit 500`.execute(
    trx,
  );
  return rows.map(({ at, ...row }) => ({ ...row, at: instant(at) })).toReversed();
}

/** Whoever is named by @username is mentioned. Without a person a rule or a bot writes it. */
export async function addNote(trx: Trx, { workspaceId, conversationId }: Place, { personId, text }: { personId: string | null; text: string }) {
  const usernames = [...text.matchAll(/(?<![\p{L}\p{N}])@([\p{L}\p{N}._-]+)/gu)].map(([, name = '']) => name.toLowerCase().replace(/[._-]+$/, ''));
  const { rows } = await sql<{ id: string; account_id: string }>`
    with added as (
      insert into conversation_notes (workspace_id, conversation_id, person_id, body, mentions)
      select ${workspaceId}, v.id, ${personId}, ${text}, array(select id from people where username = any(${usernames}::text[]))
        from conversations v where v.id = ${conversationId} returning id
    ) select a.id, v.account_id from added a join conversations v on v.id = ${conversationId}`.execute(trx);
  const row = rows[0];
  if (!row) throw new Failure('not_found');
  await recordEvent(trx, workspaceId, { kind: 'conversation_changed', conversationId, accountId: row.account_id });
  const [note] = await listNotes(trx, conversationId, row.id);
  if (!note) throw new Failure('not_found');
  return note;
}

export async function readDraft(trx: Trx, conversationId: string, personId: string): Promise<{ text: string; clientKey: string } | null> {
  const row = await trx
    .selectFrom('drafts')
    .select(['text', 'client_key'])
    .where('conversation_id', '=', conversationId)
    .where('person_id', '=', personId)
    .executeTakeFirst();
  return row ? { text: row.text, clientKey: row.client_key } : null;
}

/** The last word of any device counts. */
export async function keepDraft(
  trx: Trx,
  { workspaceId, conversationId, personId }: Place & { personId: string },
  { text, clientKey }: { text: string; clientKey: string },
): Promise<void> {
  if (text === '') {
    await sql`delete from drafts where conversation_id = ${conversationId} and person_id = ${personId}`.execute(trx);
    return;
  }
  await sql`insert into drafts (person_id, conversation_id, workspace_id, text, client_key) values (${personId}, ${conversationId}, ${workspaceId}, ${text}, ${clientKey})
    on conflict (person_id, conversation_id) do update set text = excluded.text, client_key = excluded.client_key, updated_at = now()`.execute(trx);
}

/** What was begun has been sent. Left to the page that sent it, a draft came back where that was closed at once, with a key that is used. */
export async function forgetDraft(trx: Trx, conversationId: string, clientKey: string): Promise<void> {
  await sql`delete from drafts where conversation_id = ${conversationId} and client_key = ${clientKey}`.execute(trx);
}

export async function listCannedAnswers(trx: Trx): Promise<z.output<typeof CannedAnswer>[]> {
  const rows = await trx.selectFrom('canned_answers').selectAll().orderBy('shortcut').execute();
  return rows.map((row) => ({ id: row.id, shortcut: row.shortcut, body: row.body, updatedAt: instant(row.updated_at) }));
}

export async function addCannedAnswer(trx: Trx, workspaceId: string, { shortcut, body }: { shortcut: string; body: string }) {
  await requireRoom(trx, 'canned_answers');
  const { id } = await trx
    .insertInto('canned_answers')
    .values({ workspace_id: workspaceId, shortcut, body })
    .returning('id')
    .executeTakeFirstOrThrow()
    .catch(shortcutTaken);
  return settleCanned(trx, workspaceId, id);
}

export async function changeCannedAnswer(
  trx: Trx,
  { workspaceId, id }: { workspaceId: string; id: string },
  { shortcut, body }: { shortcut?: string | undefined; body?: string | undefined },
) {
  await trx
    .updateTable('canned_answers')
    .set({ shortcut, body, updated_at: sql<Date>`now()` })
    .where('id', '=', id)
    .executeTakeFirst()
    .catch(shortcutTaken);
  return settleCanned(trx, workspaceId, id);
}

export async function removeCannedAnswer(trx: Trx, { workspaceId, id }: { workspaceId: string; id: string }): Promise<void> {
  const { numDeletedRows } = await trx.deleteFrom('canned_answers').where('id', '=', id).executeTakeFirst();
  if (numDeletedRows === 0n) throw new Failure('not_found');
  await recordEvent(trx, workspaceId, { kind: 'canned_answer_changed', cannedAnswerId: id });
}

export async function listSavedViews(trx: Trx, personId: string): Promise<z.output<typeof SavedView>[]> {
  const { rows } = await sql<z.output<typeof SavedView>>`
    select id, name, filter, person_id is null as "isShared" from saved_views where person_id is null or person_id = ${personId} order by lower(name), id`.execute(
    trx,
  );
  return rows;
}

export async function addSavedView(
  trx: Trx,
  { workspaceId, personId }: { workspaceId: string; personId: string },
  { name, filter, isShared }: { name: string; filter: Record<string, string>; isShared: boolean },
): Promise<z.output<typeof SavedView>> {
  await requireRoom(trx, 'saved_views');
  const { id } = await trx
    .insertInto('saved_views')
    .values({ workspace_id: workspaceId, person_id: isShared ? null : personId, name, filter: JSON.stringify(filter) })
    .returning('id')
    .executeTakeFirstOrThrow();
  await recordEvent(trx, workspaceId, { kind: 'saved_view_changed', savedViewId: id });
  return { id, name, filter, isShared };
}

/** Throws `not_found`, also for a view that is somebody else’s. */
export async function removeSavedView(trx: Trx, { workspaceId, personId, id }: { workspaceId: string; personId: string; id: string }): Promise<void> {
  const { rows } = await sql`delete from saved_views where id = ${id} and (person_id is null or person_id = ${personId}) returning 1`.execute(trx);
  if (rows.length === 0) throw new Failure('not_found');
  await recordEvent(trx, workspaceId, { kind: 'saved_view_changed', savedViewId: id });
}

const named = (of: 'p' | 'm') =>
  sql`jsonb_build_object('id', ${sql.ref(`${of}.id`)}, 'name', coalesce(nullif(${sql.ref(`${of}.name`)}, ''), ${sql.ref(`${of}.username`)}))`;

async function settleCanned(trx: Trx, workspaceId: string, id: string): Promise<z.output<typeof CannedAnswer>> {
  const found = (await listCannedAnswers(trx)).find((row) => row.id === id);
  if (!found) throw new Failure('not_found');
  await recordEvent(trx, workspaceId, { kind: 'canned_answer_changed', cannedAnswerId: id });
  return found;
}

function shortcutTaken(error: unknown): never {
  if (brokenUnique(error) !== 'canned_answers_workspace_id_shortcut_key') throw error;
  throw new Failure('already_exists', 'There is a canned answer of this shortcut already.', { fields: { shortcut: 'is taken' }, cause: error });
}
