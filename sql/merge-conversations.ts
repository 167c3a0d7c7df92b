import { sql } from 'kysely';
import type { Trx } from './database.ts';
import { deliveryAsItIs, type Moves, noteMoves } from './merge-moves.ts';

/** Conversations of one become the other's; where both have one on the same account, all that stands in the first goes into the second. */
export async function moveConversations(trx: Trx, moves: Moves): Promise<void> {
  const { from, into } = moves;
  const pairs = sql`select f.id as gone, i.id as kept from conversations f join conversations i on i.account_id = f.account_id and i.contact_id = ${into}
    where f.contact_id = ${from}`;
  const was = sql`jsonb_build_object('conversation_id', t.conversation_id)`;
  for (const relation of ['messages', 'conversation_notes'])
    await noteMoves(
      trx,
      moves,
      sql`select ${sql.lit(relation)}, t.id, ${was} from ${sql.table(relation)} t where t.conversation_id in (select gone from (${pairs}) p)`,
    );
  await noteMoves(
    trx,
    moves,
    sql`select 'deliveries', d.id, ${deliveryAsItIs} from deliveries d where d.conversation_id in (select gone from (${pairs}) p)`,
  );
  // Of two answers that are owed for the same, the one that is due first is.
  await sql`delete from sla_timers t using (${pairs}) p, sla_timers o
    where t.ended_at is null and o.ended_at is null and t.kind = o.kind and t.id <> o.id and t.conversation_id in (p.gone, p.kept) and o.conversation_id in (p.gone, p.kept)
      and (coalesce(t.due_at, 'infinity'), t.id) > (coalesce(o.due_at, 'infinity'), o.id)`.execute(trx);
  await sql`
    with pairs as materialized (${pairs}),
    told as (update messages m set conversation_id = p.kept from pairs p where m.conversation_id = p.gone),
    planned as (update deliveries d set conversation_id = p.kept from pairs p where d.conversation_id = p.gone),
    noted as (update conversation_notes n set conversation_id = p.kept from pairs p where n.conversation_id = p.gone),
    logged as (update bot_turns t set conversation_id = p.kept from pairs p where t.conversation_id = p.gone),
    answered as (update bot_answers o set conversation_id = p.kept from pairs p where o.conversation_id = p.gone),
    taken as (update handed_over h set conversation_id = p.kept from pairs p where h.conversation_id = p.gone
                 and not exists (select from handed_over k where k.conversation_id = p.kept)),
    timed as (update sla_timers t set conversation_id = p.kept from pairs p where t.conversation_id = p.gone),
    promised as (insert into conversation_slas as s (conversation_id, workspace_id, policy_id, begun_at, answered_at)
                 select p.kept, g.workspace_id, g.policy_id, g.begun_at, g.answered_at from conversation_slas g join pairs p on p.gone = g.conversation_id
                 on conflict (conversation_id) do update set policy_id = coalesce(s.policy_id, excluded.policy_id), begun_at = least(s.begun_at, excluded.begun_at),
                   answered_at = least(s.answered_at, excluded.answered_at)),
    -- One who is writing in both goes on in the one that stays.
    written as (update drafts o set conversation_id = p.kept from pairs p where o.conversation_id = p.gone
                   and not exists (select from drafts k where k.conversation_id = p.kept and k.person_id = o.person_id)),
    labelled as (insert into conversation_labels (conversation_id, label_id, workspace_id, state, is_unread, last_message_at)
                 select p.kept, l.label_id, l.workspace_id, v.state, v.unread > 0, v.last_message_at
                   from conversation_labels l join pairs p on p.gone = l.conversation_id join conversations v on v.id = p.kept on conflict do nothing)
    update conversations v set last_message_at = greatest(v.last_message_at, g.last_message_at), last_incoming_at = greatest(v.last_incoming_at, g.last_incoming_at),
           unread = v.unread + g.unread, assigned_to = coalesce(v.assigned_to, g.assigned_to), team_id = coalesce(v.team_id, g.team_id),
           pinned_at = coalesce(v.pinned_at, g.pinned_at), priority = case when v.priority = 'none' then g.priority else v.priority end,
           -- What asks for attention, or will, goes on doing so.
           archived_at = case when g.state in ('open', 'snoozed') then null else v.archived_at end,
           resolved_at = case when g.state in ('open', 'snoozed') then null else v.resolved_at end,
           snoozed_at = case when 'open' in (v.state, g.state) then null else coalesce(v.snoozed_at, g.snoozed_at) end,
           snoozed_until = case when 'open' in (v.state, g.state) then null else least(v.snoozed_until, g.snoozed_until) end,
           updated_at = now()
      from pairs p join conversations g on g.id = p.gone where v.id = p.kept`.execute(trx);
  await sql`delete from conversations f using conversations i where f.contact_id = ${from} and i.contact_id = ${into} and i.account_id = f.account_id`.execute(
    trx,
  );
  await sql`update conversations set contact_id = ${into}, updated_at = now() where contact_id = ${from}`.execute(trx);
}
