-- A whole day of an account was counted again for each late word of it, and while a campaign ran every 15 seconds. Now what was counted is kept for each
-- conversation (and each delivery that ended without a message) of a day, and only what has changed is counted again: the figures move by the difference. To count
-- a whole day again is the same, for all of it. Answers of the next days correct the day of the question.
create table figure_facts (
  -- No references: to check two of them took half the time of the row. What was counted goes with its account.
  workspace_id uuid not null,
  account_id uuid not null,
  -- A conversation, or a delivery without a message; it outlives both until the day is counted again.
  unit uuid not null,
  day date not null,
  hour smallint not null,
  campaign_id uuid,
  reason text,
  incoming integer not null,
  outgoing integer not null,
  delivered integer not null,
  read integer not null,
  failed integer not null,
  uncertain integer not null,
  skipped integer not null,
  delivery_seconds bigint not null,
  timed_deliveries integer not null,
  answer_seconds bigint not null,
  answers integer not null
);
create index figure_facts_by_unit on figure_facts (unit);
create index figure_facts_by_day on figure_facts (account_id, day);
select protect('figure_facts');

-- Below, `lateral … offset 0` and `(select true … limit 1) is null` look rows up one by one: a plan made while a table was still small would walk all of it for each;
-- `+ 0` keeps it off the index by day.
-- What is true now of the units on these days (one of each array for each): as many rows as they have hours, campaigns and reasons.
create function facts_of(in_accounts uuid[], in_units uuid[], in_days date[]) returns setof figure_facts language sql stable security definer
set search_path = public, pg_temp set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set jit = off as $$
  with asked as materialized (
    select a.workspace_id, t.account_id, t.unit, t.day, w.zone, t.day::timestamp at time zone w.zone as from_at, (t.day + 1)::timestamp at time zone w.zone as to_at
      from unnest(in_accounts, in_units, in_days) t (account_id, unit, day) join accounts a on a.id = t.account_id join workspaces w on w.id = a.workspace_id
  )
  select q.workspace_id, q.account_id, q.unit, q.day, extract(hour from s.at at time zone q.zone)::smallint, d.campaign_id,
         case when s.status = 'failed' then coalesce(d.reason, 'platform_failed') end,
         count(*) filter (where s.direction = 'in')::int, count(*) filter (where s.direction = 'out')::int,
         count(*) filter (where s.direction = 'out' and s.status in ('delivered', 'read'))::int, count(*) filter (where s.direction = 'out' and s.status = 'read')::int,
         count(*) filter (where s.status = 'failed')::int, count(*) filter (where d.state = 'uncertain')::int, 0,
         coalesce(sum(extract(epoch from d.delivered_at - d.sent_at)) filter (where d.delivered_at >= d.sent_at), 0)::bigint, count(*) filter (where d.delivered_at >= d.sent_at)::int,
         coalesce(sum(extract(epoch from n.at - s.at)), 0)::bigint, count(n.at)::int
    from asked q
         cross join lateral (
           select m.id, m.direction, m.status, m.at, m.delivery_id,
                  m.direction = 'in' and lag(m.direction) over (order by m.at, m.id) is distinct from 'in' as begins
             from messages m where m.conversation_id = q.unit and m.at >= q.from_at and m.at < q.to_at) s
         left join lateral (select o.* from deliveries o where o.id = s.delivery_id offset 0) d on true
         left join lateral (
           select n.at from messages n where s.begins and n.conversation_id = q.unit and n.direction = 'out' and n.at > s.at and n.at < s.at + interval '7 days'
            order by n.at limit 1) n on true
   group by 1, 2, 3, 4, 5, 6, 7
  union all
  select q.workspace_id, q.account_id, q.unit, q.day, extract(hour from d.ended_at at time zone q.zone)::smallint, d.campaign_id, coalesce(d.reason, 'unknown'),
         0, 0, 0, 0, (d.state = 'failed')::int, (d.state = 'uncertain')::int, (d.state = 'skipped')::int, 0, 0, 0, 0
    from asked q cross join lateral (select o.* from deliveries o where o.id = q.unit offset 0) d
   where d.account_id = q.account_id and d.state in ('failed', 'skipped', 'uncertain') and d.ended_at >= q.from_at and d.ended_at < q.to_at
     and (select true from messages m where m.delivery_id = d.id limit 1) is null
$$;

-- Counts these units on these days again, and moves the figures by what is different.
create function count_again(in_accounts uuid[], in_units uuid[], in_days date[]) returns void language plpgsql security definer
set search_path = public, pg_temp set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set jit = off set plan_cache_mode = force_generic_plan as $$
begin
  with gone as (
    delete from figure_facts f where f.ctid = any(array(
      select k.ctid from unnest(in_units, in_days) t (unit, day) cross join lateral (select o.ctid from figure_facts o where o.unit = t.unit and o.day + 0 = t.day offset 0) k))
    returning f.*
  ), made as (
    insert into figure_facts select * from facts_of(in_accounts, in_units, in_days) returning *
  ), changes as materialized (
    select 1 as sign, n.* from made n union all select -1, g.* from gone g
  ), figures as (
    insert into daily_figures as k
    select c.workspace_id, c.account_id, c.campaign_id, c.day, sum(sign * incoming), sum(sign * outgoing), sum(sign * delivered), sum(sign * read),
           sum(sign * failed), sum(sign * uncertain), sum(sign * skipped),
           count(distinct unit) filter (where sign = 1 and incoming + outgoing > 0) - count(distinct unit) filter (where sign = -1 and incoming + outgoing > 0),
           sum(sign * delivery_seconds), sum(sign * timed_deliveries), sum(sign * answer_seconds), sum(sign * answers)
      from changes c group by grouping sets ((c.workspace_id, c.account_id, c.day), (c.workspace_id, c.account_id, c.day, c.campaign_id))
    having grouping(c.campaign_id) = 1 or exists (select from campaigns a where a.id = c.campaign_id)
    on conflict (account_id, campaign_id, day) do update set incoming = k.incoming + excluded.incoming, outgoing = k.outgoing + excluded.outgoing,
      delivered = k.delivered + excluded.delivered, read = k.read + excluded.read, failed = k.failed + excluded.failed,
      uncertain = k.uncertain + excluded.uncertain, skipped = k.skipped + excluded.skipped, conversations = k.conversations + excluded.conversations,
      delivery_seconds = k.delivery_seconds + excluded.delivery_seconds, timed_deliveries = k.timed_deliveries + excluded.timed_deliveries,
      answer_seconds = k.answer_seconds + excluded.answer_seconds, answers = k.answers + excluded.answers
  ), reasons as (
    insert into daily_reasons as k
    select c.workspace_id, c.account_id, c.campaign_id, c.day, c.reason, sum(sign * (failed + uncertain + skipped)) from changes c where c.reason is not null
     group by grouping sets ((c.workspace_id, c.account_id, c.day, c.reason), (c.workspace_id, c.account_id, c.day, c.reason, c.campaign_id))
    having grouping(c.campaign_id) = 1 or exists (select from campaigns a where a.id = c.campaign_id)
    on conflict (account_id, campaign_id, day, reason) do update set deliveries = k.deliveries + excluded.deliveries
  )
  insert into daily_hours as k
  select c.workspace_id, c.account_id, c.day, c.hour, sum(sign * incoming), sum(sign * outgoing) from changes c
   where incoming + outgoing > 0 group by c.workspace_id, c.account_id, c.day, c.hour
  on conflict (account_id, day, hour) do update set incoming = k.incoming + excluded.incoming, outgoing = k.outgoing + excluded.outgoing;
end $$;

drop function note_figures_due(integer);
-- Reads on in the log, at most `most` events, and counts what they are of; answers how many it read. One at a time counts, here and in the next.
create function count_news(most integer) returns integer language plpgsql security definer
set search_path = public, pg_temp set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set jit = off set plan_cache_mode = force_generic_plan as $$
declare
  place event_readers;
  seen integer;
  last_xid xid8;
  last_id bigint;
  added uuid[];
  changed uuid[];
  sent uuid[];
  others uuid[];
  accounts uuid[];
  units uuid[];
  days date[];
begin
  select * into place from event_readers r where r.name = 'figures' for update skip locked;
  if not found then return 0; end if;
  select count(*), (array_agg(e.xid order by e.xid desc, e.id desc))[1], (array_agg(e.id order by e.xid desc, e.id desc))[1],
         array_agg(distinct (e.subject ->> 'messageId')::uuid) filter (where e.kind = 'message_added'),
         array_agg(distinct (e.subject ->> 'messageId')::uuid) filter (where e.kind = 'message_changed'),
         array_agg(distinct (e.subject ->> 'deliveryId')::uuid) filter (where e.kind = 'delivery_changed')
    into seen, last_xid, last_id, added, changed, sent
    from (select e.* from events e where (e.xid, e.id) > (place.xid, place.id) and e.xid < pg_snapshot_xmin(pg_current_snapshot()) order by e.xid, e.id limit most) e;
  if seen = 0 then return 0; end if;
  update event_readers r set xid = last_xid, id = last_id where r.name = 'figures';

  -- A message that is new brings its delivery along.
  select array_agg(s.id) into others from (
    select unnest(sent) as id except
    select m.delivery_id from unnest(added) r (id) cross join lateral (select o.delivery_id from messages o where o.id = r.id offset 0) m
     where (select true from figure_facts f where f.unit = m.delivery_id limit 1) is null) s;
  with told as materialized (
    select m.account_id, m.conversation_id as unit, m.at, m.direction = 'out' and r.is_new as may_answer
      from (select unnest(added) as id, true as is_new union all select unnest(changed), false) r cross join lateral (select o.* from messages o where o.id = r.id offset 0) m
    union all
    select m.account_id, m.conversation_id, m.at, false from unnest(others) r (id) cross join lateral (select o.* from messages o where o.delivery_id = r.id offset 0) m
    union all
    select d.account_id, d.id, d.ended_at, false from unnest(others) r (id) cross join lateral (select o.* from deliveries o where o.id = r.id offset 0) d
     where d.account_id is not null and d.ended_at is not null and d.state in ('failed', 'skipped', 'uncertain')
  ), at_days as (
    select t.account_id, t.unit, t.at from told t
    union all
    -- What it answers was asked since the last words that went out, on the same day or one before.
    select t.account_id, t.unit, asked.at from told t
           cross join lateral (
             select from messages o where o.conversation_id = t.unit and o.at >= t.at - interval '7 days' and o.at < t.at limit 1) any_before
           cross join lateral (
             select coalesce(max(o.at), '-infinity') as at from (
               select o.at from messages o where o.conversation_id = t.unit and o.direction = 'out' and o.at < t.at order by o.at desc limit 1) o) before
           cross join lateral (
             select i.at from messages i where i.conversation_id = t.unit and i.direction = 'in' and i.at >= greatest(before.at, t.at - interval '7 days') and i.at < t.at) asked
     where t.may_answer
  )
  select array_agg(f.account_id), array_agg(f.unit), array_agg(f.day) into accounts, units, days from (
    select a.account_id, a.unit, (a.at at time zone w.zone)::date as day from at_days a join accounts o on o.id = a.account_id join workspaces w on w.id = o.workspace_id
    union
    -- Tried again, or sent after all.
    select f.account_id, f.unit, f.day from unnest(others) r (id) cross join lateral (select o.* from figure_facts o where o.unit = r.id offset 0) f) f;
  if units is not null then perform count_again(accounts, units, days); end if;
  return seen;
end $$;

drop function count_figures(integer);
-- Counts one day that is due as a whole; whether there was one.
create function count_day_due() returns boolean language plpgsql security definer set search_path = public, pg_temp set jit = off as $$
declare
  one record;
  units uuid[];
begin
  perform from event_readers r where r.name = 'figures' for update skip locked;
  if not found then return false; end if;
  delete from figures_due f using workspaces w where f.ctid = (select ctid from figures_due limit 1 for update skip locked) and w.id = f.workspace_id
  returning f.workspace_id, f.account_id, f.day, f.day::timestamp at time zone w.zone as from_at, (f.day + 1)::timestamp at time zone w.zone as to_at into one;
  if not found then return false; end if;
  select array_agg(u.unit) into units from (
    select m.conversation_id as unit from messages m where m.workspace_id = one.workspace_id and m.account_id = one.account_id and m.at >= one.from_at and m.at < one.to_at
    union
    select d.id from deliveries d
     where d.account_id = one.account_id and d.ended_at >= one.from_at and d.ended_at < one.to_at and d.state in ('failed', 'skipped', 'uncertain')
    union
    select f.unit from figure_facts f where f.account_id = one.account_id and f.day = one.day) u;
  if units is not null then
    perform count_again(array_fill(one.account_id, array[cardinality(units)]), units, array_fill(one.day, array[cardinality(units)]));
  end if;
  return true;
end $$;

-- What is removed, or moved to another conversation, or loses its delivery, has no news of its own: its day is due. A row that is due already is written again, so
-- that who counts it waits for what has changed.
create function messages_gone_are_due() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into figures_due (workspace_id, account_id, day)
  select distinct a.workspace_id, a.id, d.day from gone o join accounts a on a.id = o.account_id join workspaces w on w.id = a.workspace_id
         cross join lateral (select (o.at at time zone w.zone)::date as day) t
         -- It may have answered what stands on an earlier day.
         cross join lateral (select t.day union select f.day from figure_facts f where f.unit = o.conversation_id and f.day between t.day - 7 and t.day) d
  on conflict (account_id, day) do update set day = excluded.day;
  return null;
end $$;
create trigger messages_gone_are_due after delete on messages referencing old table as gone for each statement execute function messages_gone_are_due();

create function deliveries_gone_are_due() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into figures_due (workspace_id, account_id, day)
  select distinct f.workspace_id, f.account_id, f.day from gone o join figure_facts f on f.unit = o.id join accounts a on a.id = f.account_id
  on conflict (account_id, day) do update set day = excluded.day;
  return null;
end $$;
create trigger deliveries_gone_are_due after delete on deliveries referencing old table as gone for each statement execute function deliveries_gone_are_due();

create function message_moved_is_due() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into figures_due (workspace_id, account_id, day)
  select new.workspace_id, new.account_id, d.day from workspaces w cross join lateral (select (new.at at time zone w.zone)::date as day) t
         cross join lateral (
           select t.day union
           select f.day from figure_facts f where f.unit in (old.conversation_id, new.conversation_id) and f.day between t.day - 7 and t.day) d
   where w.id = new.workspace_id
  on conflict (account_id, day) do update set day = excluded.day;
  return null;
end $$;
create trigger message_moved_is_due after update of conversation_id, delivery_id on messages for each row
  when (old.conversation_id is distinct from new.conversation_id or old.delivery_id is not null and old.delivery_id is distinct from new.delivery_id)
  execute function message_moved_is_due();

create function facts_go_with_account() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  delete from figure_facts where account_id = old.id;
  return null;
end $$;
create trigger facts_go_with_account after delete on accounts for each row execute function facts_go_with_account();

create or replace function recount_in_zone() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  -- Who counts right now has read the zone.
  perform from event_readers r where r.name = 'figures' for update;
  delete from figure_facts where account_id in (select id from accounts where workspace_id = new.id);
  delete from daily_figures where workspace_id = new.id;
  delete from daily_reasons where workspace_id = new.id;
  delete from daily_hours where workspace_id = new.id;
  insert into figures_due (workspace_id, account_id, day)
  select distinct m.workspace_id, m.account_id, (m.at at time zone new.zone)::date from messages m where m.workspace_id = new.id
  union
  select distinct d.workspace_id, d.account_id, (d.ended_at at time zone new.zone)::date from deliveries d
   where d.workspace_id = new.id and d.account_id is not null and d.state in ('failed', 'skipped', 'uncertain') and d.ended_at is not null
  on conflict do nothing;
  return null;
end $$;

delete from daily_figures;
delete from daily_reasons;
delete from daily_hours;
insert into figures_due (workspace_id, account_id, day)
select m.workspace_id, m.account_id, (m.at at time zone w.zone)::date from messages m join workspaces w on w.id = m.workspace_id
union
select d.workspace_id, d.account_id, (d.ended_at at time zone w.zone)::date from deliveries d join workspaces w on w.id = d.workspace_id
 where d.account_id is not null and d.state in ('failed', 'skipped', 'uncertain') and d.ended_at is not null
on conflict do nothing;

revoke execute on function facts_of(uuid[], uuid[], date[]), count_again(uuid[], uuid[], date[]), count_news(integer), count_day_due(), messages_gone_are_due(),
  deliveries_gone_are_due(), message_moved_is_due(), facts_go_with_account() from public;
grant execute on function count_news(integer), count_day_due() to patchbay_app;
