-- People sign in, hold a role, and keep sessions as families of rotating refresh tokens. Every change they make leaves an audit row.
create table people (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  email text not null check (email = lower(email) and length(email) <= 254),
  username text not null check (username = lower(username) and length(username) between 2 and 40),
  name text not null default '',
  role text not null check (role in ('owner', 'admin', 'author', 'operator')),
  password_hash text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (email),
  unique (username)
);
create index people_by_workspace on people (workspace_id);
select protect('people');

create table sessions (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  person_id uuid not null references people on delete cascade,
  token_hash bytea not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  ended_why text,
  user_agent text not null default '',
  created_at timestamptz not null default now(),
  rotated_at timestamptz not null default now()
);
create index sessions_by_person on sessions (person_id);
select protect('sessions');

create table audit (
  id bigint generated always as identity primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  at timestamptz not null default now(),
  person_id uuid,
  action text not null,
  subject text not null,
  subject_id text,
  detail jsonb not null default '{}'
);
create index audit_by_time on audit (workspace_id, id desc);
select protect('audit');
revoke update, delete on audit from patchbay_app;

-- What starts without a workspace: registering, signing in, opening a session, rotating a token.
create function register_workspace(workspace_name text, workspace_zone text, mail text, login text, full_name text, hash text)
  returns table (workspace_id uuid, person_id uuid) language plpgsql security definer set search_path = public, pg_temp as $$
declare w uuid; p uuid;
begin
  insert into workspaces (name, zone) values (workspace_name, workspace_zone) returning id into w;
  insert into people (workspace_id, email, username, name, role, password_hash)
    values (w, lower(mail), lower(login), full_name, 'owner', hash) returning id into p;
  insert into audit (workspace_id, person_id, action, subject, subject_id) values (w, p, 'register', 'person', p::text);
  return query select w, p;
end $$;

create function find_sign_in(login text)
  returns table (person_id uuid, workspace_id uuid, password_hash text) language sql stable security definer set search_path = public, pg_temp as $$
  select id, workspace_id, password_hash from people where email = lower(login) or username = lower(login) limit 1
$$;

create function open_session(session uuid, at timestamptz)
  returns table (person_id uuid, workspace_id uuid, role text, email text, username text, name text, workspace_name text)
  language sql stable security definer set search_path = public, pg_temp as $$
  select p.id, p.workspace_id, p.role, p.email, p.username, p.name, w.name
    from sessions s join people p on p.id = s.person_id join workspaces w on w.id = p.workspace_id
   where s.id = session and s.ended_at is null and s.expires_at > at
$$;

-- One statement decides: the right token is exchanged, a token that was exchanged before ends the whole family.
create function rotate_session(session uuid, old_hash bytea, new_hash bytea, at timestamptz, until timestamptz)
  returns table (outcome text, workspace_id uuid, person_id uuid) language plpgsql security definer set search_path = public, pg_temp as $$
declare s sessions;
begin
  select * into s from sessions where id = session for update;
  if not found then
    return query select 'unknown'::text, null::uuid, null::uuid;
  elsif s.ended_at is not null or s.expires_at <= at then
    return query select 'ended'::text, s.workspace_id, s.person_id;
  elsif s.token_hash <> old_hash then
    update sessions set ended_at = at, ended_why = 'a refresh token was used twice' where id = session;
    insert into audit (workspace_id, person_id, action, subject, subject_id) values (s.workspace_id, s.person_id, 'token_reused', 'session', session::text);
    return query select 'reused'::text, s.workspace_id, s.person_id;
  else
    update sessions set token_hash = new_hash, rotated_at = at, expires_at = until where id = session;
    return query select 'rotated'::text, s.workspace_id, s.person_id;
  end if;
end $$;

revoke execute on function register_workspace(text, text, text, text, text, text), find_sign_in(text), open_session(uuid, timestamptz),
  rotate_session(uuid, bytea, bytea, timestamptz, timestamptz) from public;
grant execute on function register_workspace(text, text, text, text, text, text), find_sign_in(text), open_session(uuid, timestamptz),
  rotate_session(uuid, bytea, bytea, timestamptz, timestamptz) to patchbay_app;
