import { sql } from 'kysely';
import type { z } from 'zod';
import type { SlaPolicy as Shape, sla } from '#core/api/sla.ts';
import { timeAfter } from '#core/business-hours.ts';
import { Failure } from '#core/failure.ts';
import { type Db, inWorkspace, type Trx } from './database.ts';
import { recordEvents } from './events.ts';
import { instant } from './instant.ts';
import { requireRoom } from './room.ts';
import { brokenUnique } from './unique.ts';
import { readWorkspace } from './workspace.ts';

type SlaPolicy = z.output<typeof Shape>;
type Fields = Omit<SlaPolicy, 'id' | 'updatedAt'>;
type Figures = z.output<typeof sla.readSlaFigures.reply>['rows'];
type Timer = { workspaceId: string; timerId: string };

const columns = sql`p.id, p.name, p.first_minutes as "firstMinutes", p.next_minutes as "nextMinutes", p.resolution_minutes as "resolutionMinutes",
  p.in_business_hours as "inBusinessHours", p.is_usual as "isUsual", p.updated_at`;
/** What a policy promises of the kind of a timer `t`. */
const promised = sql`case t.kind when 'first' then p.first_minutes when 'next' then p.next_minutes else p.resolution_minutes end`;

export async function listSlaPolicies(trx: Trx, policyId: string | null = null): Promise<SlaPolicy[]> {
  const { rows } = await sql<Fields & { id: string; updated_at: Date }>`
    select ${columns} from sla_policies p where ${policyId}::uuid is null or p.id = ${policyId}::uuid order by p.is_usual desc, lower(p.name), p.id`.execute(
    trx,
  );
  return rows.map(({ updated_at, ...row }) => ({ ...row, updatedAt: instant(updated_at) }));
}

export async function addSlaPolicy(trx: Trx, workspaceId: string, fields: Fields): Promise<SlaPolicy> {
  await requireRoom(trx, 'sla_policies');
  if (fields.isUsual) await sql`update sla_policies set is_usual = false where is_usual`.execute(trx);
  const { id } = await trx
    .insertInto('sla_policies')
    .values({ workspace_id: workspaceId, ...columnsOf(fields) })
    .returning('id')
    .executeTakeFirstOrThrow()
    .catch(nameTaken);
  return readSlaPolicy(trx, id);
}

/** What runs is counted anew; what is late stays late. */
export async function changeSlaPolicy(trx: Trx, policyId: string, change: { [K in keyof Fields]?: Fields[K] | undefined }): Promise<SlaPolicy> {
  const before = await readSlaPolicy(trx, policyId);
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  const fields: Fields = { ...before, ...given };
  if ((fields.firstMinutes ?? fields.nextMinutes ?? fields.resolutionMinutes) === null)
    throw new Failure('invalid_input', 'A policy promises at least one of the three times.', { fields: { firstMinutes: 'is missing' } });
  if (fields.isUsual) await sql`update sla_policies set is_usual = false where is_usual and id <> ${policyId}`.execute(trx);
  await trx
    .updateTable('sla_policies')
    .set({ ...columnsOf(fields), updated_at: sql<Date>`now()` })
    .where('id', '=', policyId)
    .execute()
    .catch(nameTaken);
  await sql`delete from sla_timers t using sla_policies p where p.id = ${policyId} and t.policy_id = p.id and t.ended_at is null and t.breached_at is null
    and ${promised} is null`.execute(trx);
  await sql`update sla_timers t set minutes = coalesce(${promised}, t.minutes), policy_name = p.name, due_at = null from sla_policies p
    where p.id = ${policyId} and t.policy_id = p.id and t.ended_at is null and t.breached_at is null`.execute(trx);
  return readSlaPolicy(trx, policyId);
}

export async function removeSlaPolicy(trx: Trx, policyId: string, now: Date): Promise<void> {
  await readSlaPolicy(trx, policyId);
  await sql`delete from sla_timers where policy_id = ${policyId} and ended_at is null and breached_at is null`.execute(trx);
  await sql`update sla_timers set ended_at = greatest(${now}::timestamptz, started_at) where policy_id = ${policyId} and ended_at is null`.execute(
    trx,
  );
  await trx.deleteFrom('sla_policies').where('id', '=', policyId).execute();
}

/** Hours or zone of the workspace are others now. */
export async function recountSlas(trx: Trx): Promise<void> {
  await sql`update sla_timers t set due_at = null from sla_policies p
    where p.id = t.policy_id and p.in_business_hours and t.ended_at is null and t.breached_at is null`.execute(trx);
}

/** By when they ended; what is late and goes on counts by when it was due. */
export async function readSlaFigures(trx: Trx, { since, until }: { since?: string | undefined; until?: string | undefined }): Promise<Figures> {
  const at = sql`coalesce(t.ended_at, t.breached_at)`;
  const { rows } = await sql<Figures[number]>`
    select t.policy_id as "policyId", max(coalesce(p.name, t.policy_name)) as "policyName", t.kind,
           count(*) filter (where t.breached_at is null)::int as kept, count(*) filter (where t.breached_at is not null)::int as late
      from sla_timers t left join sla_policies p on p.id = t.policy_id
     where (t.ended_at is not null and t.due_at is not null or t.breached_at is not null)
       and (${since ?? null}::timestamptz is null or ${at} >= ${since ?? null}::timestamptz) and (${until ?? null}::timestamptz is null or ${at} < ${until ?? null}::timestamptz)
     group by t.policy_id, case when t.policy_id is null then t.policy_name end, t.kind order by 2, 1, array_position(array['first', 'next', 'resolution'], t.kind)`.execute(
    trx,
  );
  return rows;
}

/** Puts conversations under a policy, or, with null, under none. What is owed already keeps its beginning; what is not yet begins now. */
export async function setSla(
  trx: Trx,
  { workspaceId, conversationIds }: { workspaceId: string; conversationIds: readonly string[] },
  policyId: string | null,
  now: Date,
): Promise<void> {
  const ids = sql`any(${[...conversationIds]}::uuid[])`;
  await sql`insert into conversation_slas (conversation_id, workspace_id, policy_id, begun_at)
    select v.id, ${workspaceId}, ${policyId}::uuid, case when v.state in ('open', 'snoozed') and v.last_incoming_at is not null then ${now}::timestamptz end from conversations v where v.id = ${ids}
    on conflict (conversation_id) do update set policy_id = excluded.policy_id, begun_at = coalesce(conversation_slas.begun_at, excluded.begun_at)`.execute(
    trx,
  );
  const running = sql`t.conversation_id = ${ids} and t.ended_at is null`;
  await sql`delete from sla_timers t where ${running} and t.breached_at is null
    and not exists (select from sla_policies p where p.id = ${policyId}::uuid and ${promised} is not null)`.execute(trx);
  await sql`update sla_timers t set ended_at = greatest(${now}::timestamptz, t.started_at) where ${running}
    and not exists (select from sla_policies p where p.id = ${policyId}::uuid and ${promised} is not null)`.execute(trx);
  await sql`update sla_timers t set policy_id = p.id, policy_name = p.name, minutes = ${promised}, due_at = null from sla_policies p
    where ${running} and t.breached_at is null and p.id = ${policyId}::uuid`.execute(trx);
  await sql`
    insert into sla_timers (workspace_id, conversation_id, policy_id, policy_name, kind, minutes, started_at)
    select s.workspace_id, s.conversation_id, p.id, p.name, t.kind, ${promised}, ${now}
      from conversation_slas s join sla_policies p on p.id = s.policy_id
           left join lateral (select direction from messages m where m.conversation_id = s.conversation_id order by m.at desc, m.id desc limit 1) l on true
           cross join lateral unnest(array['resolution', case when l.direction = 'in' then case when s.answered_at is null then 'first' else 'next' end end]) t (kind)
     where s.conversation_id = ${ids} and s.begun_at is not null and ${promised} is not null
    on conflict (conversation_id, kind) where ended_at is null do nothing`.execute(trx);
}

/** Timers that have still to be counted, or whose time has come, in every workspace. */
export async function uncountedTimers(db: Db, most: number): Promise<Timer[]> {
  const { rows } = await sql<Timer>`select workspace_id as "workspaceId", id as "timerId" from uncounted_sla_timers(${most})`.execute(db);
  return rows;
}

export async function dueTimers(db: Db, now: Date, most: number): Promise<Timer[]> {
  const { rows } = await sql<Timer>`select workspace_id as "workspaceId", id as "timerId" from due_sla_timers(${now}, ${most})`.execute(db);
  return rows;
}

/** When they are due, in the hours and the zone of the workspace; nothing is owed to whom nobody may write. Those that ended meanwhile are judged. */
export const countTimers = (db: Db, workspaceId: string, timerIds: readonly string[]): Promise<void> =>
  inWorkspace(db, workspaceId, async (trx) => {
    await dropSuppressed(trx, timerIds);
    const { zone, settings } = await readWorkspace(trx);
    const { rows } = await sql<{ id: string; startedAt: Date; minutes: number; isInHours: boolean; conversationId: string; accountId: string }>`
      select t.id, t.started_at as "startedAt", t.minutes, coalesce(p.in_business_hours, false) as "isInHours", v.id as "conversationId", v.account_id as "accountId"
        from sla_timers t join conversations v on v.id = t.conversation_id left join sla_policies p on p.id = t.policy_id
       where t.id = any(${[...timerIds]}::uuid[]) and t.due_at is null order by t.id for update of t skip locked`.execute(trx);
    const hours = settings.businessHours ?? null;
    const counted = rows.map((row) => ({ id: row.id, due_at: timeAfter(row.startedAt, row.minutes, { hours: row.isInHours ? hours : null, zone }) }));
    await sql`update sla_timers t set due_at = o.due_at, breached_at = case when t.ended_at > o.due_at then o.due_at else t.breached_at end
      from jsonb_to_recordset(${JSON.stringify(counted)}::jsonb) o (id uuid, due_at timestamptz) where t.id = o.id`.execute(trx);
    await recordEvents(
      trx,
      workspaceId,
      rows.map(({ conversationId, accountId }) => ({ kind: 'conversation_changed', conversationId, accountId })),
    );
  });

/** They are late from now on, and people are told. A second look finds nothing. */
export const breachTimers = (db: Db, workspaceId: string, timerIds: readonly string[], now: Date): Promise<void> =>
  inWorkspace(db, workspaceId, async (trx) => {
    await dropSuppressed(trx, timerIds);
    const { rows } = await sql<{ id: string; conversationId: string; accountId: string }>`
      with late as (
        select id from sla_timers where id = any(${[...timerIds]}::uuid[]) and ended_at is null and breached_at is null and due_at <= ${now} for update skip locked
      )
      update sla_timers t set breached_at = t.due_at from late join sla_timers o using (id) join conversations v on v.id = o.conversation_id where t.id = late.id
      returning t.id, v.id as "conversationId", v.account_id as "accountId"`.execute(trx);
    await recordEvents(
      trx,
      workspaceId,
      rows.map(({ id, ...place }) => ({ kind: 'sla_breached', timerId: id, ...place })),
    );
  });

async function dropSuppressed(trx: Trx, timerIds: readonly string[]): Promise<void> {
  await sql`delete from sla_timers where id in (
    select t.id from sla_timers t join conversations v on v.id = t.conversation_id join suppressions s on s.contact_id = v.contact_id and s.lifted_at is null
     where t.id = any(${[...timerIds]}::uuid[]) and t.ended_at is null for update of t skip locked)`.execute(trx);
}

async function readSlaPolicy(trx: Trx, policyId: string): Promise<SlaPolicy> {
  const [policy] = await listSlaPolicies(trx, policyId);
  if (!policy) throw new Failure('not_found');
  return policy;
}

const columnsOf = ({ name, firstMinutes, nextMinutes, resolutionMinutes, inBusinessHours, isUsual }: Fields) => ({
  name,
  first_minutes: firstMinutes,
  next_minutes: nextMinutes,
  resolution_minutes: resolutionMinutes,
  in_business_hours: inBusinessHours,
  is_usual: isUsual,
});

function nameTaken(error: unknown): never {
  if (brokenUnique(error) !== 'sla_policies_workspace_id_name_key') throw error;
  throw new Failure('already_exists', 'There is a policy of this name already.', { fields: { name: 'is taken' }, cause: error });
}
