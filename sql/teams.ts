import { sql } from 'kysely';
import { Failure } from '#core/failure.ts';
import type { Trx } from './database.ts';
import { recordEvent } from './events.ts';
import { instant } from './instant.ts';
import { requireRoom } from './room.ts';
import { brokenUnique } from './unique.ts';

type Place = { workspaceId: string; teamId: string };
type Fields = { name?: string | undefined; memberIds?: readonly string[] | undefined; handsOut?: boolean | undefined };

export async function listTeams(trx: Trx, teamId: string | null = null) {
  const { rows } = await sql<{ id: string; name: string; memberIds: string[]; handsOut: boolean; created_at: Date }>`
    select t.id, t.name, t.created_at, t.hands_out as "handsOut", coalesce((select array_agg(m.person_id order by m.person_id) from team_members m where m.team_id = t.id), '{}') as "memberIds"
      from teams t where ${teamId}::uuid is null or t.id = ${teamId}::uuid order by lower(t.name), t.id`.execute(trx);
  return rows.map(({ created_at, ...row }) => ({ ...row, createdAt: instant(created_at) }));
}

export async function addTeam(
  trx: Trx,
  workspaceId: string,
  { name, memberIds, handsOut }: { name: string; memberIds: readonly string[]; handsOut: boolean },
) {
  await requireRoom(trx, 'teams');
  const { id } = await trx
    .insertInto('teams')
    .values({ workspace_id: workspaceId, name, hands_out: handsOut })
    .returning('id')
    .executeTakeFirstOrThrow()
    .catch(nameTaken);
  return settle(trx, { workspaceId, teamId: id }, memberIds);
}

export async function changeTeam(trx: Trx, place: Place, { name, memberIds, handsOut }: Fields) {
  const row = await trx
    .updateTable('teams')
    .set((eb) => ({ name: name ?? eb.ref('name'), hands_out: handsOut ?? eb.ref('hands_out') }))
    .where('id', '=', place.teamId)
    .returning('id')
    .executeTakeFirst()
    .catch(nameTaken);
  if (!row) throw new Failure('not_found');
  return settle(trx, place, memberIds);
}

export async function removeTeam(trx: Trx, { workspaceId, teamId }: Place): Promise<void> {
  const { numDeletedRows } = await trx.deleteFrom('teams').where('id', '=', teamId).executeTakeFirst();
  if (numDeletedRows === 0n) throw new Failure('not_found');
  await recordEvent(trx, workspaceId, { kind: 'team_changed', teamId });
}

/** By name alone: who may see conversations need not see mail addresses and roles. */
export async function listAssignees(trx: Trx) {
  const rows = await trx.selectFrom('people').select(['id', 'name', 'username']).orderBy('created_at').execute();
  return rows.map(({ id, name, username }) => ({ id, name: name || username }));
}

async function settle(trx: Trx, { workspaceId, teamId }: Place, memberIds: readonly string[] | undefined) {
  if (memberIds) {
    await sql`delete from team_members where team_id = ${teamId} and person_id <> all(${memberIds}::uuid[])`.execute(trx);
    await sql`insert into team_members (team_id, person_id, workspace_id) select ${teamId}, id, ${workspaceId} from people where id = any(${memberIds}::uuid[])
      on conflict do nothing`.execute(trx);
  }
  await recordEvent(trx, workspaceId, { kind: 'team_changed', teamId });
  const [team] = await listTeams(trx, teamId);
  if (!team) throw new Failure('not_found');
  return team;
}

function nameTaken(error: unknown): never {
  if (brokenUnique(error) !== 'teams_workspace_id_name_key') throw error;
  throw new Failure('already_exists', 'There is a team of this name already.', { fields: { name: 'is taken' }, cause: error });
}
