-- What a message begins or ends of the answers that are owed is asked once for all that one statement adds: mails go out by the dozen, and most workspaces promise nothing.
drop trigger sla_of_message on messages;
drop trigger sla_of_sent_message on messages;
drop function sla_of_message();

create function owe_answer(said messages) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare
  talk conversations;
  sla conversation_slas;
begin
  if said.direction = 'out' then
    -- What a campaign, a bot or the program says of itself answers nobody.
    if exists (select from deliveries d where d.id = said.delivery_id and (d.campaign_id is not null or d.confirms is not null
               or exists (select from bot_answers b where b.delivery_id = d.id))) then return; end if;
    -- Messengers tell no seconds.
    update conversation_slas s set answered_at = least(s.answered_at, said.at)
     where s.conversation_id = said.conversation_id and date_trunc('minute', s.begun_at) <= said.at;
    update sla_timers t set ended_at = greatest(said.at, t.started_at), breached_at = case when said.at > t.due_at then t.due_at end
     where t.conversation_id = said.conversation_id and t.ended_at is null and t.kind <> 'resolution' and date_trunc('minute', t.started_at) <= said.at;
    return;
  end if;
  select * into talk from conversations v where v.id = said.conversation_id;
  -- Read late: it is answered already, or was put away.
  if said.at < date_trunc('minute', greatest(talk.resolved_at, talk.archived_at)) or exists (
       select from messages o where o.conversation_id = said.conversation_id and o.direction = 'out' and (o.at, o.id) > (said.at, said.id)) then
    return;
  end if;
  insert into conversation_slas (conversation_id, workspace_id, policy_id)
  select talk.id, talk.workspace_id, p.id from sla_policies p where p.workspace_id = talk.workspace_id and p.is_usual and not talk.is_group
  on conflict (conversation_id) do nothing;
  select * into sla from conversation_slas s where s.conversation_id = said.conversation_id and s.policy_id is not null for update;
  if not found then return; end if;
  if sla.begun_at is null then
    update conversation_slas s set begun_at = said.at, answered_at = null where s.conversation_id = said.conversation_id;
    perform start_sla_timer(said.conversation_id, 'resolution', said.at);
    perform start_sla_timer(said.conversation_id, 'first', said.at);
  elsif sla.answered_at is null then
    update conversation_slas s set begun_at = least(s.begun_at, said.at) where s.conversation_id = said.conversation_id;
    perform start_sla_timer(said.conversation_id, 'resolution', least(sla.begun_at, said.at));
    perform start_sla_timer(said.conversation_id, 'first', least(sla.begun_at, said.at));
  else
    perform start_sla_timer(said.conversation_id, 'next', said.at);
  end if;
end $$;

create function sla_of_messages() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if current_setting('app.turn', true) = 'people' then return null; end if;
  -- What is read of years ago is owed no answer.
  perform owe_answer(m) from added a join messages m on m.id = a.id
    where a.at > now() - interval '1 day' and (a.direction = 'in' or a.status in ('sent', 'delivered', 'read'))
      and exists (select from sla_policies p where p.workspace_id = a.workspace_id) order by a.at, a.id;
  return null;
end $$;
create trigger sla_of_messages after insert on messages referencing new table as added for each statement execute function sla_of_messages();

create function sla_of_sent_message() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if current_setting('app.turn', true) is distinct from 'people' and exists (select from sla_policies p where p.workspace_id = new.workspace_id) then
    perform owe_answer(new);
  end if;
  return null;
end $$;
create trigger sla_of_sent_message after update of status on messages for each row
  when (new.direction = 'out' and new.status in ('sent', 'delivered', 'read') and (old.status is null or old.status not in ('sent', 'delivered', 'read'))
        and new.at > now() - interval '1 day') execute function sla_of_sent_message();
revoke execute on function owe_answer(messages), sla_of_messages(), sla_of_sent_message() from public;
