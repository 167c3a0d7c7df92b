-- What happened each day, for each account and of that for each campaign, in the zone of the workspace: kept, so that a year is a few hundred rows. A day to
-- which something late happens is counted again as a whole, so its sums never drift; what sends messages does nothing for it.
create table figures_due (
  workspace_id uuid not null references workspaces on delete cascade,
  account_id uuid not null references accounts on delete cascade,
  day date not null,
  primary key (account_id, day)
);
create index figures_due_by_workspace on figures_due (workspace_id);
select protect('figures_due');

create table daily_figures (
  workspace_id uuid not null references workspaces on delete cascade,
  account_id uuid not null references accounts on delete cascade,
  -- Null: all of the account, campaigns and the rest.
  campaign_id uuid references campaigns on delete cascade,
  day date not null,
  incoming integer not null,
  outgoing integer not null,
  delivered integer not null,
  read integer not null,
  failed integer not null,
  uncertain integer not null,
  skipped integer not null,
  conversations integer not null,
  -- Sums and how many they are of: means of any rows together come of them.
  delivery_seconds bigint not null,
  timed_deliveries integer not null,
  answer_seconds bigint not null,
  answers integer not null,
  unique nulls not distinct (account_id, campaign_id, day)
);
create index daily_figures_in_order on daily_figures (workspace_id, day);
create index daily_figures_by_campaign on daily_figures (campaign_id) where campaign_id is not null;
select protect('daily_figures');

create table daily_reasons (
  workspace_id uuid not null references workspaces on delete cascade,
  account_id uuid not null references accounts on delete cascade,
  campaign_id uuid references campaigns on delete cascade,
  day date not null,
  reason text not null,
  deliveries integer not null,
  unique nulls not distinct (account_id, campaign_id, day, reason)
);
create index daily_reasons_in_order on daily_reasons (workspace_id, day);
create index daily_reasons_by_campaign on daily_reasons (campaign_id) where campaign_id is not null;
select protect('daily_reasons');

create table daily_hours (
  workspace_id uuid not null references workspaces on delete cascade,
  account_id uuid not null references accounts on delete cascade,
  day date not null,
  hour smallint not null,
  incoming integer not null,
  outgoing integer not null,
  primary key (account_id, day, hour)
);
create index daily_hours_in_order on daily_hours (workspace_id, day);
select protect('daily_hours');

-- What ended without a message stands in no conversation.
create index deliveries_ended_badly on deliveries (account_id, ended_at) where state in ('failed', 'skipped', 'uncertain');

insert into event_readers (name) values ('figures');
insert into figures_due (workspace_id, account_id, day)
select distinct m.workspace_id, m.account_id, (m.at at time zone w.zone)::date from messages m join workspaces w on w.id = m.workspace_id on conflict do nothing;

-- Reads on in the log, at most `most` events, and notes the days that they change; answers how many it read.
create function note_figures_due(most integer) returns integer language plpgsql security definer set search_path = public, pg_temp as $$
declare
  place event_readers;
  seen integer;
begin
  select * into place from event_readers r where r.name = 'figures' for update skip locked;
  if not found then return 0; end if;
  with read as materialized (
    select e.xid, e.id, e.workspace_id, e.kind, coalesce(e.subject ->> 'messageId', e.subject ->> 'deliveryId')::uuid as row_id, e.subject
      from events e where (e.xid, e.id) > (place.xid, place.id) and e.xid < pg_snapshot_xmin(pg_current_snapshot()) order by e.xid, e.id limit most
  ), changed as (
    select m.workspace_id, m.account_id, m.at from read r join messages m on m.id = r.row_id where r.kind in ('message_added', 'message_changed')
    union all
    select d.workspace_id, d.account_id, at from read r join deliveries d on d.id = r.row_id
           cross join unnest(array[d.sent_at, d.ended_at, (select m.at from messages m where m.delivery_id = d.id order by m.at limit 1)]) at
     where r.kind = 'delivery_changed' and d.account_id is not null and at is not null
  ), noted as (
    insert into figures_due (workspace_id, account_id, day)
    select distinct c.workspace_id, c.account_id, (c.at at time zone w.zone)::date from changed c join workspaces w on w.id = c.workspace_id
    on conflict do nothing
  ), moved as (
    update event_readers r set xid = l.xid, id = l.id from (select e.xid, e.id from read e order by e.xid desc, e.id desc limit 1) l where r.name = 'figures'
  )
  select count(*) into seen from read;
  return seen;
end $$;

-- All days are others in another zone.
create function recount_in_zone() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  delete from daily_figures where workspace_id = new.id;
  delete from daily_reasons where workspace_id = new.id;
  delete from daily_hours where workspace_id = new.id;
  insert into figures_due (workspace_id, account_id, day)
  select distinct m.workspace_id, m.account_id, (m.at at time zone new.zone)::date from messages m where m.workspace_id = new.id
  union
  select distinct d.workspace_id, d.account_id, (d.ended_at at time zone new.zone)::date from deliveries d
   where d.workspace_id = new.id and d.account_id is not null and d.ended_at is not null
  on conflict do nothing;
  return null;
end $$;
create trigger recount_in_zone after update of zone on workspaces for each row when (old.zone is distinct from new.zone) execute function recount_in_zone();

-- Counts at most `most` of the days that are due; answers how many.
create function count_figures(most integer) returns integer language plpgsql security definer set search_path = public, pg_temp as $$
declare
  one record;
  counted integer := 0;
begin
  for one in
    delete from figures_due f using workspaces w
     where f.ctid = any(array(select ctid from figures_due limit most for update skip locked)) and w.id = f.workspace_id
    returning f.workspace_id, f.account_id, f.day, w.zone, f.day::timestamp at time zone w.zone as from_at, (f.day + 1)::timestamp at time zone w.zone as to_at
  loop
    counted := counted + 1;
    delete from daily_figures f where f.account_id = one.account_id and f.day = one.day;
    delete from daily_reasons f where f.account_id = one.account_id and f.day = one.day;
    delete from daily_hours f where f.account_id = one.account_id and f.day = one.day;
    with spoken as (
      select m.id, m.direction, m.status, m.at, m.conversation_id, d.campaign_id, d.id as delivery_id, d.sent_at, d.delivered_at, d.state, d.reason,
             m.direction = 'in' and lag(m.direction) over (partition by m.conversation_id order by m.at, m.id) is distinct from 'in' as begins
        from messages m left join deliveries d on d.id = m.delivery_id
       where m.workspace_id = one.workspace_id and m.account_id = one.account_id and m.at >= one.from_at and m.at < one.to_at
    ), told as (
      select s.*, case when s.begins then extract(epoch from (
               select min(n.at) from messages n where n.conversation_id = s.conversation_id and n.direction = 'out' and n.at > s.at and n.at < s.at + interval '7 days') - s.at) end as answered
        from spoken s
    ), facts as (
      select campaign_id, conversation_id, direction, status in ('delivered', 'read') as is_delivered, status = 'read' as is_read,
             status = 'failed' as is_failed, state = 'uncertain' as is_uncertain, false as is_skipped,
             case when status = 'failed' then coalesce(reason, 'platform_failed') end as reason,
             case when delivered_at >= sent_at then extract(epoch from delivered_at - sent_at) end as delivery_seconds, answered
        from told
      union all
      select d.campaign_id, null, null, false, false, d.state = 'failed', d.state = 'uncertain', d.state = 'skipped', coalesce(d.reason, 'unknown'), null, null
        from deliveries d
       where d.account_id = one.account_id and d.ended_at >= one.from_at and d.ended_at < one.to_at and d.state in ('failed', 'skipped', 'uncertain')
         and not exists (select from messages m where m.delivery_id = d.id)
    ), figures as (
      insert into daily_figures
      select one.workspace_id, one.account_id, f.campaign_id, one.day, count(*) filter (where direction = 'in'), count(*) filter (where direction = 'out'),
             count(*) filter (where direction = 'out' and is_delivered), count(*) filter (where direction = 'out' and is_read), count(*) filter (where is_failed),
             count(*) filter (where is_uncertain), count(*) filter (where is_skipped), count(distinct conversation_id),
             coalesce(sum(delivery_seconds), 0)::bigint, count(delivery_seconds), coalesce(sum(answered), 0)::bigint, count(answered)
        from facts f group by grouping sets ((), (f.campaign_id))
      having count(*) > 0 and (grouping(f.campaign_id) = 1 or f.campaign_id is not null)
    ), reasons as (
      insert into daily_reasons
      select one.workspace_id, one.account_id, f.campaign_id, one.day, f.reason, count(*) from facts f where f.reason is not null
       group by grouping sets ((f.reason), (f.reason, f.campaign_id)) having grouping(f.campaign_id) = 1 or f.campaign_id is not null
    )
    insert into daily_hours
    select one.workspace_id, one.account_id, one.day, extract(hour from s.at at time zone one.zone), count(*) filter (where direction = 'in'),
           count(*) filter (where direction = 'out') from spoken s group by 4;
  end loop;
  return counted;
end $$;
revoke execute on function note_figures_due(integer), count_figures(integer), recount_in_zone() from public;
grant execute on function note_figures_due(integer), count_figures(integer) to patchbay_app;
