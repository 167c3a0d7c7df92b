-- Take-over and the wall: who controls a profile, links that show its login code to the phone's owner, and what profiles are sorted by.

-- One row for each profile that was ever controlled. Whoever inserts it, or updates one that has ended, holds the page until `until`; each
-- holding has an id of its own, so that a late key of an earlier one fits none.
create table controls (
  account_id uuid primary key references accounts on delete cascade,
  id uuid not null default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  person_id uuid not null references people on delete cascade,
  taken_at timestamptz not null default now(),
  until timestamptz not null,
  inputs integer not null default 0,
  ended_at timestamptz,
  -- How a script that was interrupted goes on afterwards.
  go_on text not null default 'restart' check (go_on in ('restart', 'resume'))
);
create index controls_by_id on controls (id);
select protect('controls');

-- A link is opened once; what it was opened with is exchanged for a pass that dies with the link.
create table login_links (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  account_id uuid not null references accounts on delete cascade,
  person_id uuid not null,
  token_hash bytea not null unique,
  pass_hash bytea unique,
  made_at timestamptz not null default now(),
  expires_at timestamptz not null,
  opened_at timestamptz,
  ended_at timestamptz,
  ended_why text
);
create index login_links_by_account on login_links (account_id);
select protect('login_links');

-- The owner of a phone has no workspace: both find one link by a secret and say nothing about any other.
create function open_login_link(token bytea, pass bytea, at timestamptz)
  returns table (id uuid, workspace_id uuid, account_id uuid, expires_at timestamptz)
  language sql security definer set search_path = public, pg_temp as $$
  update login_links l set opened_at = at, pass_hash = pass
   where l.token_hash = token and l.opened_at is null and l.ended_at is null and l.expires_at > at
  returning l.id, l.workspace_id, l.account_id, l.expires_at
$$;
create function login_link_of(pass bytea, at timestamptz)
  returns table (id uuid, workspace_id uuid, account_id uuid, expires_at timestamptz)
  language sql stable security definer set search_path = public, pg_temp as $$
  select l.id, l.workspace_id, l.account_id, l.expires_at from login_links l
   where l.pass_hash = pass and l.ended_at is null and l.expires_at > at
$$;
revoke execute on function open_login_link(bytea, bytea, timestamptz), login_link_of(bytea, timestamptz) from public;
grant execute on function open_login_link(bytea, bytea, timestamptz), login_link_of(bytea, timestamptz) to patchbay_app;

alter table profiles
  add column group_name text not null default '' check (length(group_name) <= 40),
  add column tags text[] not null default '{}' check (cardinality(tags) <= 20);
