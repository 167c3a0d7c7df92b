import { sql } from 'kysely';
import type { z } from 'zod';
import type { Availability as Shape } from '#core/api/availability.ts';
import { Failure } from '#core/failure.ts';
import { changeAll } from './conversation-changes.ts';
import type { Db, Trx } from './database.ts';
import { recordEvent } from './events.ts';

type Availability = z.output<typeof Shape>;
type Place = { workspaceId: string; personId: string };

/** A dashboard gives a sign of life more often than this. */
const hereSeconds = 60;
/** Conversations that one turn of a team hands out. */
const handedAtOnce = 50;

/** People in the order in which they came; `personId`: only that one. */
export async function listAvailability(trx: Trx, personId: string | null = null): Promise<Availability[]> {
  const { rows } = await sql<Omit<Availability, 'person'> & { id: string; name: string }>`
    select p.id, coalesce(nullif(p.name, ''), p.username) as name, a.capacity, coalesce(a.is_away, false) as "isAway", coalesce(a.here_until > now(), false) as "isHere",
           (select count(*)::int from conversations v where v.assigned_to = p.id and v.state = 'open') as open
      from people p left join availabilities a on a.person_id = p.id where ${personId}::uuid is null or p.id = ${personId}::uuid order by p.created_at`.execute(
    trx,
  );
  return rows.map(({ id, name, ...row }) => ({ person: { id, name }, ...row }));
}

export async function setAvailability(
  trx: Trx,
  { workspaceId, personId }: Place,
  change: { isAway?: boolean; capacity?: number | null },
): Promise<Availability> {
  const [known] = await listAvailability(trx, personId);
  if (!known) throw new Failure('not_found');
  const { capacity, isAway } = { ...known, ...change };
  await sql`insert into availabilities (person_id, workspace_id, capacity, is_away) values (${personId}, ${workspaceId}, ${capacity}, ${isAway})
    on conflict (person_id) do update set capacity = excluded.capacity, is_away = excluded.is_away`.execute(trx);
  return { ...known, capacity, isAway };
}

/** Signs of life of people who have the dashboard open. */
export async function noteHere(trx: Trx, workspaceId: string, personIds: readonly string[]): Promise<void> {
  await sql`insert into availabilities (person_id, workspace_id, here_until)
    select p.id, ${workspaceId}, now() + make_interval(secs => ${hereSeconds}) from people p where p.id = any(${[...personIds]}::uuid[]) order by p.id
    on conflict (person_id) do update set here_until = excluded.here_until`.execute(trx);
}

/** Teams that hand out, and have conversations that are nobody's. */
export async function teamsWithWork(db: Db): Promise<{ workspaceId: string; teamId: string }[]> {
  const { rows } = await sql<{
    workspaceId: string;
    teamId: string;
  }>`select workspace_id as "workspaceId", id as "teamId" from teams_with_work()`.execute(db);
  return rows;
}

/**
 * Gives what waits longest to members who are there and hold less than they may, each in turn: whoever was given one longest ago comes first.
 * Answers how many were given.
 */
export async function handOut(trx: Trx, { workspaceId, teamId }: { workspaceId: string; teamId: string }, now: Date): Promise<number> {
  const { rows: held } = await sql`select from teams where id = ${teamId} and hands_out for update skip locked`.execute(trx);
  if (held.length === 0) return 0;
  const ring = await membersInTurn(trx, teamId, now);
  if (ring.length === 0) return 0;
  const { rows: waiting } = await sql<{ id: string; accountId: string }>`
    select id, account_id as "accountId" from conversations where workspace_id = ${workspaceId} and team_id = ${teamId} and assigned_to is null and state = 'open'
     order by last_message_at, id limit ${handedAtOnce} for update skip locked`.execute(trx);
  let given = 0;
  for (const { id, accountId } of waiting) {
    const member = ring.shift();
    if (!member) break;
    await changeAll(trx, { workspaceId, conversationIds: [id] }, { assignedTo: member.personId }, now);
    await recordEvent(trx, workspaceId, { kind: 'conversation_given', conversationId: id, accountId, personId: member.personId });
    await sql`update team_members set given_at = clock_timestamp() where team_id = ${teamId} and person_id = ${member.personId}`.execute(trx);
    if (member.room > 1) ring.push({ ...member, room: member.room - 1 });
    given += 1;
  }
  return given;
}

async function membersInTurn(trx: Trx, teamId: string, now: Date): Promise<{ personId: string; room: number }[]> {
  // Locked in one order, so that two teams with the same people do not both fill the last place of somebody.
  await sql`select from availabilities a join team_members m on m.person_id = a.person_id where m.team_id = ${teamId} order by a.person_id for update of a`.execute(
    trx,
  );
  const { rows } = await sql<{ personId: string; room: number }>`
    select m.person_id as "personId", coalesce(a.capacity - (select count(*)::int from conversations v where v.assigned_to = m.person_id and v.state = 'open'), ${handedAtOnce}) as room
      from team_members m join availabilities a on a.person_id = m.person_id
     where m.team_id = ${teamId} and not a.is_away and a.here_until > ${now} order by m.given_at nulls first, m.person_id`.execute(trx);
  return rows.filter(({ room }) => room > 0);
}
