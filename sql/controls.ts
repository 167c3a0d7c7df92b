import { sql } from 'kysely';
import { type ControlEnd, controlSeconds, type GoOn } from '#core/control.ts';
import { writeAudit } from './audit.ts';
import type { Trx } from './database.ts';
import { recordEvent } from './events.ts';
import { instant } from './instant.ts';

type Place = { workspaceId: string; profileId: string };
export type Grant = { is: 'granted'; controlId: string; secondsLeft: number } | { is: 'taken'; by: string };

/** Gives the page to one person. Of two who ask at once Postgres lets one through; the other is told who has it. */
export async function takeControl(trx: Trx, { workspaceId, profileId, personId }: Place & { personId: string }): Promise<Grant> {
  await endExpired(trx, { workspaceId, profileId });
  const { rows } = await sql<{ id: string }>`
    insert into controls (account_id, workspace_id, person_id, until)
    values (${profileId}, ${workspaceId}, ${personId}, now() + make_interval(secs => ${controlSeconds}))
    on conflict (account_id) do update set id = gen_random_uuid(), person_id = excluded.person_id, taken_at = now(), until = excluded.until,
      inputs = 0, ended_at = null, go_on = 'restart'
    where controls.ended_at is not null
    returning id`.execute(trx);
  const controlId = rows[0]?.id;
  if (!controlId) return { is: 'taken', by: await holderName(trx, profileId) };
  await writeAudit(trx, { workspaceId, personId, action: 'takeControl', subject: 'profiles', subjectId: profileId });
  await recordEvent(trx, workspaceId, { kind: 'control_changed', profileId });
  return { is: 'granted', controlId, secondsLeft: controlSeconds };
}

/** A sign of life. Null: it has ended meanwhile. */
export async function keepControl(trx: Trx, { controlId, inputs }: { controlId: string; inputs: number }): Promise<number | null> {
  const { rows } = await sql`update controls set until = now() + make_interval(secs => ${controlSeconds}), inputs = ${inputs}
    where id = ${controlId} and ended_at is null and until > now() returning 1`.execute(trx);
  return rows.length > 0 ? controlSeconds : null;
}

type Ending = { workspaceId: string; controlId: string; inputs: number; why: ControlEnd; goOn: GoOn };

/** Ends it and writes who held it, how long, and how many inputs; never what they were. False: it had ended before. */
export async function endControl(trx: Trx, { workspaceId, controlId, inputs, why, goOn }: Ending): Promise<boolean> {
  const { rows } = await sql<Ended>`update controls set ended_at = least(now(), until), inputs = ${inputs}, go_on = ${goOn}
    where id = ${controlId} and ended_at is null returning account_id, person_id, inputs, taken_at, ended_at`.execute(trx);
  for (const row of rows) await tellEnd(trx, workspaceId, row, { why, goOn });
  return rows.length > 0;
}

export type HeldPage = { is: 'held'; controlId: string; leftMs: number } | { is: 'free'; goOn: GoOn };

/** Who has the page now: a person, or nobody, and then how a script that waits for it goes on. Ends what has run out. */
export async function readControl(trx: Trx, place: Place): Promise<HeldPage> {
  await endExpired(trx, place);
  const { rows } = await sql<{ id: string; left_ms: number; ended: boolean; go_on: GoOn }>`
    select id, extract(epoch from until - now()) * 1000 as left_ms, ended_at is not null as ended, go_on from controls
     where account_id = ${place.profileId}`.execute(trx);
  const row = rows[0];
  if (!row || row.ended) return { is: 'free', goOn: row?.go_on ?? 'restart' };
  return { is: 'held', controlId: row.id, leftMs: Number(row.left_ms) };
}

type Ended = { account_id: string; person_id: string; inputs: number; taken_at: Date; ended_at: Date };

async function endExpired(trx: Trx, { workspaceId, profileId }: Place): Promise<void> {
  const { rows } = await sql<Ended>`update controls set ended_at = until, go_on = 'restart'
    where account_id = ${profileId} and ended_at is null and until <= now() returning account_id, person_id, inputs, taken_at, ended_at`.execute(trx);
  for (const row of rows) await tellEnd(trx, workspaceId, row, { why: 'expired', goOn: 'restart' });
}

async function tellEnd(trx: Trx, workspaceId: string, row: Ended, { why, goOn }: Pick<Ending, 'why' | 'goOn'>): Promise<void> {
  const seconds = Math.round((row.ended_at.getTime() - row.taken_at.getTime()) / 1000);
  const detail = { takenAt: row.taken_at.toISOString(), seconds, inputs: row.inputs, why, goOn };
  await writeAudit(trx, { workspaceId, personId: row.person_id, action: 'endControl', subject: 'profiles', subjectId: row.account_id, detail });
  await recordEvent(trx, workspaceId, { kind: 'control_changed', profileId: row.account_id });
}

/** Who has a profile `a` now, beside its other columns. */
export type HolderRow = { holder_id: string | null; holder: string | null; holder_email: string | null; taken_at: Date | null };
export const holderColumns = sql`held.person_id as holder_id, coalesce(nullif(holder.name, ''), holder.username) as holder, holder.email as holder_email, held.taken_at`;
export const joinHolder = sql`left join controls held on held.account_id = a.id and held.ended_at is null and held.until > now()
      left join people holder on holder.id = held.person_id`;
export const toHolder = ({ holder_id, holder, holder_email, taken_at }: HolderRow) =>
  holder_id && taken_at ? { personId: holder_id, person: holder ?? '', email: holder_email ?? '', since: instant(taken_at) } : null;

async function holderName(trx: Trx, profileId: string): Promise<string> {
  const row = await trx
    .selectFrom('controls')
    .innerJoin('people', 'people.id', 'controls.person_id')
    .select(['people.name', 'people.username'])
    .where('controls.account_id', '=', profileId)
    .executeTakeFirst();
  return row?.name || row?.username || '';
}
