-- The event log: an event names a row and never carries it. Order is the order of commits, because a reader only looks below the oldest
-- transaction that is still running; a bare sequence would become visible out of order and lose events.
create table events (
  id bigint generated always as identity primary key,
  xid xid8 not null default pg_current_xact_id(),
  workspace_id uuid not null references workspaces on delete cascade,
  kind text not null,
  subject jsonb not null,
  at timestamptz not null default now()
);
create index events_in_commit_order on events (xid, id);
create index events_by_time on events (at);
select protect('events');

create function read_events(after_xid xid8, after_id bigint, most integer)
  returns table (id bigint, xid xid8, workspace_id uuid, kind text, subject jsonb, at timestamptz)
  language sql stable security definer set search_path = public, pg_temp as $$
  select e.id, e.xid, e.workspace_id, e.kind, e.subject, e.at from events e
   where (e.xid, e.id) > (after_xid, after_id) and e.xid < pg_snapshot_xmin(pg_current_snapshot())
   order by e.xid, e.id limit most
$$;
-- Where a new reader starts, and how far back the log reaches.
create function event_bounds()
  returns table (first_xid xid8, first_id bigint, last_xid xid8, last_id bigint)
  language sql stable security definer set search_path = public, pg_temp as $$
  select f.xid, f.id, l.xid, l.id
    from (select 1) one
    left join lateral (select xid, id from events order by xid, id limit 1) f on true
    left join lateral (select xid, id from events where xid < pg_snapshot_xmin(pg_current_snapshot()) order by xid desc, id desc limit 1) l on true
$$;
create function forget_events(before timestamptz) returns bigint language sql security definer set search_path = public, pg_temp as $$
  with gone as (delete from events where at < before returning 1) select count(*) from gone
$$;
revoke execute on function read_events(xid8, bigint, integer), event_bounds(), forget_events(timestamptz) from public;
grant execute on function read_events(xid8, bigint, integer), event_bounds(), forget_events(timestamptz) to patchbay_app;
