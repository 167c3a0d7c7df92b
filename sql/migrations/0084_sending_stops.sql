-- Two ways in which nothing goes out of a workspace, whatever is planned: a person has stopped it, or this database is a copy of the one that sends.
alter table workspaces add column stopped_at timestamptz, add column stopped_by uuid references people on delete set null,
  add column stopped_why text check (length(stopped_why) <= 300);

-- Where the data were when somebody last said that they are the ones that send: a dump that is restored elsewhere brings this row with it, and finds
-- itself in another cluster or under another number.
create table installation (
  is_one boolean primary key default true check (is_one),
  mark text not null,
  adopted_at timestamptz not null default now()
);
alter table installation enable row level security;

create function database_mark() returns text language sql stable security definer set search_path = public, pg_temp as $$
  select c.system_identifier || '/' || d.oid from pg_control_system() c, pg_database d where d.datname = current_database()
$$;
revoke execute on function database_mark() from public;
insert into installation (mark) values (database_mark());

create function is_copied() returns boolean language sql stable security definer set search_path = public, pg_temp as $$
  select not exists (select from installation i where i.mark = database_mark())
$$;
revoke execute on function is_copied() from public;
grant execute on function is_copied() to patchbay_app;

create function adopt_database() returns void language sql security definer set search_path = public, pg_temp as $$
  update installation set mark = database_mark(), adopted_at = now()
$$;
revoke execute on function adopt_database() from public;
grant execute on function adopt_database() to patchbay_app;

do $$
declare
  before text := pg_get_functiondef('commit_deliveries(uuid, uuid, uuid, bigint, integer, jsonb, jsonb, timestamptz)'::regprocedure);
  after text := replace(before, 'and not exists (select from accounts a where a.id = d.account_id and a.paused_at is not null)',
    $in$and not exists (select from accounts a where a.id = d.account_id and a.paused_at is not null)
       and not exists (select from workspaces w where w.id = in_workspace and w.stopped_at is not null)$in$);
begin
  if after = before then raise exception 'commit_deliveries asks whether the account is paused in another way'; end if;
  execute after;
  before := pg_get_functiondef('silent_lanes(timestamptz)'::regprocedure);
  after := replace(before, 'where a.paused_at is null',
    'where a.paused_at is null and not (select is_copied()) and not exists (select from workspaces w where w.id = a.workspace_id and w.stopped_at is not null)');
  if after = before then raise exception 'silent_lanes asks whether the account is paused in another way'; end if;
  execute after;
end $$;
