import { sql } from 'kysely';
import type { Trx } from './database.ts';
import { recordEvents } from './events.ts';
import { instant } from './instant.ts';

type Place = { workspaceId: string; connectionId: string };
type Attendance = Place & { personId: string; conversationId: string; isWriting: boolean };

/** How long somebody counts as there after a sign of life; the dashboard gives one every 15 seconds. */
const attendSeconds = 40;

/** A sign of life of one connection; true when it says something new. A conversation of another workspace is not attended. */
export async function attend(trx: Trx, { workspaceId, connectionId, personId, conversationId, isWriting }: Attendance): Promise<boolean> {
  const { rows } = await sql<{ before: string | null; wrote: boolean | null; now: string }>`
    with old as (select conversation_id, is_writing from attendances where connection_id = ${connectionId} and expires_at > now()),
    gone as (delete from attendances where expires_at < now() and connection_id <> ${connectionId})
    insert into attendances (connection_id, workspace_id, conversation_id, person_id, is_writing, expires_at)
    select ${connectionId}, ${workspaceId}, v.id, ${personId}, ${isWriting}, now() + make_interval(secs => ${attendSeconds})
      from conversations v where v.id = ${conversationId}
    on conflict (connection_id) do update
       set conversation_id = excluded.conversation_id, is_writing = excluded.is_writing, expires_at = excluded.expires_at
    returning conversation_id as now, (select conversation_id from old) as before, (select is_writing from old) as wrote`.execute(trx);
  const row = rows[0];
  if (!row || (row.before === row.now && row.wrote === isWriting)) return false;
  await tell(trx, workspaceId, [row.now, ...(row.before && row.before !== row.now ? [row.before] : [])]);
  return true;
}

export async function leave(trx: Trx, { workspaceId, connectionId }: Place): Promise<boolean> {
  const { rows } = await sql<{ id: string }>`delete from attendances where connection_id = ${connectionId} returning conversation_id as id`.execute(
    trx,
  );
  await tell(
    trx,
    workspaceId,
    rows.map((row) => row.id),
  );
  return rows.length > 0;
}

/** Everybody else who is there: several pages of one person are one. */
export async function listAttending(trx: Trx, { conversationId, personId }: { conversationId: string; personId: string }) {
  const { rows } = await sql<{ id: string; name: string; isWriting: boolean; until: Date }>`
    select p.id, coalesce(nullif(p.name, ''), p.username) as name, bool_or(a.is_writing) as "isWriting", max(a.expires_at) as until
      from attendances a join people p on p.id = a.person_id
     where a.conversation_id = ${conversationId} and a.person_id <> ${personId} and a.expires_at > now()
     group by p.id, p.name, p.username order by min(a.connection_id::text) limit 20`.execute(trx);
  return rows.map((row) => ({ ...row, until: instant(row.until) }));
}

const tell = (trx: Trx, workspaceId: string, conversationIds: readonly string[]): Promise<void> =>
  recordEvents(
    trx,
    workspaceId,
    conversationIds.map((conversationId) => ({ kind: 'attendance_changed', conversationId })),
  );
