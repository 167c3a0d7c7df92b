-- How soon people are to be answered: policies, which conversation has which, and a timer for each answer that is owed. Timers begin and end in the
-- transaction in which somebody writes; when one is due a worker counts in the workspace's hours. One that has ended stays, so that it is known what was late.
create table sla_policies (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  name text not null check (length(name) between 1 and 80),
  -- Null: not promised.
  first_minutes integer check (first_minutes between 1 and 100000),
  next_minutes integer check (next_minutes between 1 and 100000),
  resolution_minutes integer check (resolution_minutes between 1 and 100000),
  in_business_hours boolean not null,
  -- Of every conversation that begins, groups excepted.
  is_usual boolean not null default false,
  updated_at timestamptz not null default now(),
  check (num_nonnulls(first_minutes, next_minutes, resolution_minutes) > 0),
  unique (workspace_id, name)
);
create unique index sla_policies_usual on sla_policies (workspace_id) where is_usual;
select protect('sla_policies');

create table conversation_slas (
  conversation_id uuid primary key references conversations on delete cascade,
  workspace_id uuid not null references workspaces on delete cascade,
  -- Null: a person wants none here, the usual one neither.
  policy_id uuid references sla_policies on delete cascade,
  -- Since when this matter is open, and when a person first answered in it.
  begun_at timestamptz,
  answered_at timestamptz
);
create index conversation_slas_by_policy on conversation_slas (policy_id) where policy_id is not null;
create index conversation_slas_by_workspace on conversation_slas (workspace_id);
select protect('conversation_slas');

create table sla_timers (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  conversation_id uuid not null references conversations on delete cascade,
  policy_id uuid references sla_policies on delete set null,
  -- As it was called then.
  policy_name text not null,
  kind text not null check (kind in ('first', 'next', 'resolution')),
  minutes integer not null,
  started_at timestamptz not null,
  -- Null: a worker has still to count it.
  due_at timestamptz,
  ended_at timestamptz,
  breached_at timestamptz
);
create unique index sla_timers_running on sla_timers (conversation_id, kind) where ended_at is null;
create index sla_timers_in_order on sla_timers (workspace_id, due_at, conversation_id) where ended_at is null;
create index sla_timers_due on sla_timers (due_at) where ended_at is null and breached_at is null;
create index sla_timers_uncounted on sla_timers (id) where due_at is null;
create index sla_timers_of_conversation on sla_timers (conversation_id);
create index sla_timers_of_policy on sla_timers (policy_id) where policy_id is not null;
create index sla_timers_ended on sla_timers (workspace_id, ended_at) where ended_at is not null;
select protect('sla_timers');

create function start_sla_timer(in_conversation uuid, in_kind text, at timestamptz) returns void
  language sql security definer set search_path = public, pg_temp as $$
  insert into sla_timers as t (workspace_id, conversation_id, policy_id, policy_name, kind, minutes, started_at)
  select s.workspace_id, s.conversation_id, p.id, p.name, in_kind, m.minutes, at
    from conversation_slas s join sla_policies p on p.id = s.policy_id
         cross join lateral (select case in_kind when 'first' then p.first_minutes when 'next' then p.next_minutes else p.resolution_minutes end as minutes) m
   where s.conversation_id = in_conversation and m.minutes is not null
  on conflict (conversation_id, kind) where ended_at is null do update set started_at = excluded.started_at, due_at = null where t.started_at > excluded.started_at
$$;

-- What ended in its time was kept, also when that is learned late; and what was still to be counted is judged when it is.
create function end_sla_timers(in_conversation uuid, kinds text[], at timestamptz) returns void
  language sql security definer set search_path = public, pg_temp as $$
  update sla_timers t set ended_at = greatest(at, t.started_at), breached_at = case when at > t.due_at then t.due_at end
   where t.conversation_id = in_conversation and t.ended_at is null and t.kind = any(kinds)
$$;

create function sla_of_message() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
  talk conversations;
  sla conversation_slas;
begin
  if current_setting('app.turn', true) = 'people' or not exists (select from sla_policies p where p.workspace_id = new.workspace_id) then return null; end if;
  if new.direction = 'out' then
    -- What a campaign, a bot or the program says of itself answers nobody.
    if exists (select from deliveries d where d.id = new.delivery_id and (d.campaign_id is not null or d.confirms is not null
               or exists (select from bot_answers b where b.delivery_id = d.id))) then return null; end if;
    -- Messengers tell no seconds.
    update conversation_slas s set answered_at = least(s.answered_at, new.at)
     where s.conversation_id = new.conversation_id and date_trunc('minute', s.begun_at) <= new.at;
    update sla_timers t set ended_at = greatest(new.at, t.started_at), breached_at = case when new.at > t.due_at then t.due_at end
     where t.conversation_id = new.conversation_id and t.ended_at is null and t.kind <> 'resolution' and date_trunc('minute', t.started_at) <= new.at;
    return null;
  end if;
  select * into talk from conversations v where v.id = new.conversation_id;
  -- Read late: it is answered already, or was put away.
  if new.at < date_trunc('minute', greatest(talk.resolved_at, talk.archived_at)) or exists (
       select from messages o where o.conversation_id = new.conversation_id and o.direction = 'out' and (o.at, o.id) > (new.at, new.id)) then
    return null;
  end if;
  insert into conversation_slas (conversation_id, workspace_id, policy_id)
  select talk.id, talk.workspace_id, p.id from sla_policies p where p.workspace_id = talk.workspace_id and p.is_usual and not talk.is_group
  on conflict (conversation_id) do nothing;
  select * into sla from conversation_slas s where s.conversation_id = new.conversation_id and s.policy_id is not null for update;
  if not found then return null; end if;
  if sla.begun_at is null then
    update conversation_slas s set begun_at = new.at, answered_at = null where s.conversation_id = new.conversation_id;
    perform start_sla_timer(new.conversation_id, 'resolution', new.at);
    perform start_sla_timer(new.conversation_id, 'first', new.at);
  elsif sla.answered_at is null then
    update conversation_slas s set begun_at = least(s.begun_at, new.at) where s.conversation_id = new.conversation_id;
    perform start_sla_timer(new.conversation_id, 'resolution', least(sla.begun_at, new.at));
    perform start_sla_timer(new.conversation_id, 'first', least(sla.begun_at, new.at));
  else
    perform start_sla_timer(new.conversation_id, 'next', new.at);
  end if;
  return null;
end $$;
-- What is read of years ago is owed no answer.
create trigger sla_of_message after insert on messages for each row
  when (new.at > now() - interval '1 day' and (new.direction = 'in' or new.status in ('sent', 'delivered', 'read'))) execute function sla_of_message();
create trigger sla_of_sent_message after update of status on messages for each row
  when (new.direction = 'out' and new.status in ('sent', 'delivered', 'read') and (old.status is null or old.status not in ('sent', 'delivered', 'read'))
        and new.at > now() - interval '1 day') execute function sla_of_message();

-- Put away, nothing is owed any more: who was not answered and not late either is let be. Opened again by hand before its time has run out, the matter goes on.
create function sla_of_conversation() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare at timestamptz;
begin
  if current_setting('app.turn', true) = 'people' or not exists (select from conversation_slas s where s.conversation_id = new.id) then return null; end if;
  if new.state in ('resolved', 'archived') then
    at := coalesce(new.resolved_at, new.archived_at);
    delete from sla_timers t where t.conversation_id = new.id and t.ended_at is null and t.kind <> 'resolution' and t.breached_at is null and (t.due_at is null or t.due_at > at);
    perform end_sla_timers(new.id, array['first', 'next', 'resolution'], at);
    update conversation_slas s set begun_at = null, answered_at = null where s.conversation_id = new.id;
    return null;
  end if;
  update conversation_slas s set begun_at = l.started_at, answered_at = l.ended_at
    from (select t.id, t.started_at, t.ended_at, t.due_at from sla_timers t where t.conversation_id = new.id and t.kind = 'resolution' order by t.started_at desc limit 1) l
   where s.conversation_id = new.id and s.begun_at is null and s.policy_id is not null and l.ended_at = coalesce(old.resolved_at, old.archived_at) and l.due_at > now();
  if found then
    update sla_timers t set ended_at = null, breached_at = null
     where t.id = (select r.id from sla_timers r where r.conversation_id = new.id and r.kind = 'resolution' order by r.started_at desc limit 1);
  end if;
  return null;
end $$;
create trigger sla_of_conversation after update on conversations for each row
  when ((old.state in ('resolved', 'archived')) is distinct from (new.state in ('resolved', 'archived'))) execute function sla_of_conversation();

create function uncounted_sla_timers(most integer) returns table (workspace_id uuid, id uuid)
  language sql stable security definer set search_path = public, pg_temp as $$
  select t.workspace_id, t.id from sla_timers t where t.due_at is null limit most
$$;
create function due_sla_timers(in_at timestamptz, most integer) returns table (workspace_id uuid, id uuid)
  language sql stable security definer set search_path = public, pg_temp as $$
  select t.workspace_id, t.id from sla_timers t where t.ended_at is null and t.breached_at is null and t.due_at <= in_at order by t.due_at limit most
$$;
revoke execute on function start_sla_timer(uuid, text, timestamptz), end_sla_timers(uuid, text[], timestamptz), sla_of_message(), sla_of_conversation(),
  uncounted_sla_timers(integer), due_sla_timers(timestamptz, integer) from public;
grant execute on function uncounted_sla_timers(integer), due_sla_timers(timestamptz, integer) to patchbay_app;
