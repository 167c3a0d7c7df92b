-- Who is there to take conversations and how many each may hold, so that a team's are handed out in turn.
create table availabilities (
  person_id uuid primary key references people on delete cascade,
  workspace_id uuid not null references workspaces on delete cascade,
  -- Open conversations at once; null: any number.
  capacity integer check (capacity between 0 and 1000),
  is_away boolean not null default false,
  -- Has the dashboard open until then, unless there is another sign of life.
  here_until timestamptz
);
create index availabilities_by_workspace on availabilities (workspace_id);
select protect('availabilities');

alter table teams add column hands_out boolean not null default false;
-- Whose turn it is: who was given one longest ago.
alter table team_members add column given_at timestamptz;
create index conversations_for_team on conversations (workspace_id, team_id, last_message_at, id) where team_id is not null and assigned_to is null and state = 'open';

create function teams_with_work() returns table (workspace_id uuid, id uuid) language sql stable security definer set search_path = public, pg_temp as $$
  select t.workspace_id, t.id from teams t
   where t.hands_out and exists (select from conversations v where v.workspace_id = t.workspace_id and v.team_id = t.id and v.assigned_to is null and v.state = 'open')
$$;
revoke execute on function teams_with_work() from public;
grant execute on function teams_with_work() to patchbay_app;

-- Notices of what is late, and of what one was given.
create or replace function make_notices(at timestamptz, most integer, needing text[], usual jsonb) returns integer
  language plpgsql security definer set search_path = public, pg_temp as $$
declare
  place event_readers;
  seen integer;
begin
  select * into place from event_readers r where r.name = 'notices' for update skip locked;
  if not found then return 0; end if;
  with read as materialized (
    select e.* from events e where (e.xid, e.id) > (place.xid, place.id) and e.xid < pg_snapshot_xmin(pg_current_snapshot()) order by e.xid, e.id limit most
  ), found as (
    select e.workspace_id, v.assigned_to as person_id, case when v.assigned_to is null then 'message_unassigned' else 'message_mine' end as kind,
           'message:' || m.id as key, jsonb_build_object('conversationId', v.id) as subject, e.at
      from read e join messages m on m.id = (e.subject ->> 'messageId')::uuid and m.direction = 'in' join conversations v on v.id = m.conversation_id
     where e.kind = 'message_added'
    union all
    select e.workspace_id, named.id, 'mention', 'note:' || n.id, jsonb_build_object('conversationId', n.conversation_id), n.at
      from read e join conversation_notes n on n.conversation_id = (e.subject ->> 'conversationId')::uuid and n.at >= e.at - interval '1 minute'
           cross join lateral unnest(n.mentions) named(id)
     where e.kind = 'conversation_changed' and named.id is distinct from n.person_id
    union all
    select e.workspace_id, null, 'profile_needs', concat_ws(':', 'profile', p.account_id, p.state, p.state_at), jsonb_build_object('profileId', p.account_id), e.at
      from read e join profiles p on p.account_id = (e.subject ->> 'profileId')::uuid and p.state = any(needing)
     where e.kind = 'profile_changed'
    union all
    select e.workspace_id, null, 'campaign_ended', concat_ws(':', 'campaign', c.id, c.state, coalesce(c.finished_at, c.updated_at)),
           jsonb_build_object('campaignId', c.id, 'state', c.state), e.at
      from read e join campaigns c on c.id = (e.subject ->> 'campaignId')::uuid and c.state in ('finished', 'paused')
     where e.kind = 'campaign_changed'
    union all
    select e.workspace_id, null, 'hook_off', concat_ws(':', 'hook', h.id, h.failing_since), jsonb_build_object('hookId', h.id), e.at
      from read e join hooks h on h.id = (e.subject ->> 'hookId')::uuid and h.off_why is not null
     where e.kind = 'hook_changed'
    union all
    -- Whose it is, or else the team's, or else everybody's.
    select e.workspace_id, who.id, 'sla_breached', 'sla:' || t.id, jsonb_build_object('conversationId', v.id), e.at
      from read e join sla_timers t on t.id = (e.subject ->> 'timerId')::uuid join conversations v on v.id = t.conversation_id
           cross join lateral (select v.assigned_to as id where v.assigned_to is not null or not exists (select from team_members m where m.team_id = v.team_id)
                               union all select m.person_id from team_members m where m.team_id = v.team_id and v.assigned_to is null) who
     where e.kind = 'sla_breached'
    union all
    select e.workspace_id, (e.subject ->> 'personId')::uuid, 'given', concat_ws(':', 'given', v.id, e.xid, e.id), jsonb_build_object('conversationId', v.id), e.at
      from read e join conversations v on v.id = (e.subject ->> 'conversationId')::uuid
     where e.kind = 'conversation_given'
  ), made as (
    insert into notices (workspace_id, person_id, kind, key, subject, at, in_page, push_at, mail_at)
    select distinct on (p.id, f.kind, f.subject) f.workspace_id, p.id, f.kind, f.key, f.subject, f.at, w.page,
           case when w.push and exists (select from push_subscriptions b where b.person_id = p.id) then make_notices.at end,
           case when w.mail and s.mail_account_id is not null then make_notices.at + interval '10 minutes' end
      from found f join people p on p.workspace_id = f.workspace_id and (f.person_id is null and f.kind <> 'message_mine' or p.id = f.person_id)
                                and (f.kind <> 'hook_off' or p.role in ('owner', 'admin'))
           left join notice_settings s on s.person_id = p.id
           cross join lateral jsonb_to_record(coalesce(s.rules -> f.kind, usual -> f.kind)) as w(page boolean, push boolean, mail boolean)
     where (w.page or w.push or w.mail)
       and not exists (select from notices n where n.person_id = p.id and n.kind = f.kind and n.subject = f.subject and n.read_at is null and n.at > f.at - interval '1 hour')
     order by p.id, f.kind, f.subject, f.at
    on conflict (person_id, key) do nothing
    returning workspace_id, person_id
  ), told as (
    insert into events (workspace_id, kind, subject)
    select distinct workspace_id, 'notice_added', jsonb_build_object('kind', 'notice_added', 'personId', person_id) from made
  ), moved as (
    update event_readers r set xid = l.xid, id = l.id from (select e.xid, e.id from read e order by e.xid desc, e.id desc limit 1) l where r.name = 'notices'
  )
  select count(*) into seen from read;
  return seen;
end $$;
