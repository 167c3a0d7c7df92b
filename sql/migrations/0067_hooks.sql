-- Addresses outside that are told what happens here. The event log is the outbox: an event is written with the change it tells of, and `plan_hook_posts`
-- makes of it one post for each hook that wants it, in the transaction that moves the reader's place in the log, so none is lost and none is made twice.
-- What sends messages does nothing for it.
create table event_readers (
  name text primary key,
  xid xid8 not null default '0',
  id bigint not null default 0
);
alter table event_readers enable row level security;
insert into event_readers (name) values ('hooks');

create table hooks (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  name text not null check (length(name) between 1 and 80),
  url text not null check (length(url) between 8 and 2000),
  sealed_secret bytea not null,
  -- Headers of one's own may hold a token.
  sealed_headers bytea,
  header_names text[] not null default '{}',
  kinds text[] not null check (cardinality(kinds) between 1 and 40),
  -- Empty: all of the workspace. What belongs to no account is told either way.
  account_ids uuid[] not null default '{}' check (cardinality(account_ids) <= 200),
  keeps_order boolean not null default false,
  is_on boolean not null default true,
  off_why text check (off_why in ('failing', 'gone')),
  failures integer not null default 0,
  failing_since timestamptz,
  created_at timestamptz not null default now(),
  unique (workspace_id, name)
);
select protect('hooks');

create table hook_posts (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  hook_id uuid not null references hooks on delete cascade,
  -- The order of commits; a test has no event.
  number bigint generated always as identity,
  event_id bigint,
  kind text not null,
  subject jsonb not null,
  -- What belongs together: a conversation, else the row that the event names.
  line text not null,
  happened_at timestamptz not null,
  state text not null default 'waiting' check (state in ('waiting', 'taken', 'dead')),
  attempts integer not null default 0,
  due_at timestamptz not null,
  -- A worker has it until then.
  held_until timestamptz,
  settled_at timestamptz,
  -- The last answer.
  status integer,
  error text,
  unique (hook_id, event_id)
);
create index hook_posts_due on hook_posts (hook_id, due_at) where state = 'waiting';
create index hook_posts_in_line on hook_posts (hook_id, line, number) where state = 'waiting';
create index hook_posts_in_order on hook_posts (workspace_id, number desc);
create index hook_posts_of_hook on hook_posts (hook_id, number desc);
create index hook_posts_settled on hook_posts (settled_at) where settled_at is not null;
select protect('hook_posts');

create table hook_tries (
  id bigint generated always as identity primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  post_id uuid not null references hook_posts on delete cascade,
  at timestamptz not null,
  ms integer not null,
  status integer,
  error text,
  -- Without the signature and without headers of one's own: their names only.
  request jsonb not null,
  reply jsonb,
  reply_body text check (length(reply_body) <= 2000)
);
create index hook_tries_of_post on hook_tries (post_id, id);
create index hook_tries_by_workspace on hook_tries (workspace_id);
select protect('hook_tries');

-- Reads on in the log, at most `most` events, and answers how many it read. Only one worker reads at a time; without a hook that is on, the reader steps
-- to the end of the log at once.
create function plan_hook_posts(at timestamptz, most integer) returns integer
  language plpgsql security definer set search_path = public, pg_temp as $$
declare
  place event_readers;
  seen integer;
begin
  select * into place from event_readers r where r.name = 'hooks' for update skip locked;
  if not found then return 0; end if;
  if not exists (select from hooks h where h.is_on) then
    update event_readers r set xid = l.xid, id = l.id
      from (select e.xid, e.id from events e where e.xid < pg_snapshot_xmin(pg_current_snapshot()) order by e.xid desc, e.id desc limit 1) l
     where r.name = 'hooks' and (r.xid, r.id) < (l.xid, l.id);
    return 0;
  end if;
  with read as materialized (
    select e.* from events e where (e.xid, e.id) > (place.xid, place.id) and e.xid < pg_snapshot_xmin(pg_current_snapshot()) order by e.xid, e.id limit most
  ), made as (
    insert into hook_posts (workspace_id, hook_id, event_id, kind, subject, line, happened_at, due_at)
    select e.workspace_id, h.id, e.id, e.kind, e.subject - 'kind',
           coalesce(e.subject ->> 'conversationId', e.subject ->> 'accountId', e.subject ->> 'profileId', e.subject ->> 'campaignId', e.subject ->> 'contactId', e.kind), e.at, plan_hook_posts.at
      from read e join hooks h on h.workspace_id = e.workspace_id and h.is_on and e.kind = any(h.kinds) and e.at >= h.created_at
     where cardinality(h.account_ids) = 0 or coalesce((coalesce(e.subject ->> 'accountId', e.subject ->> 'profileId'))::uuid = any(h.account_ids), true)
     order by e.xid, e.id, h.id
    on conflict (hook_id, event_id) do nothing
  ), moved as (
    update event_readers r set xid = l.xid, id = l.id from (select e.xid, e.id from read e order by e.xid desc, e.id desc limit 1) l where r.name = 'hooks'
  )
  select count(*) into seen from read;
  return seen;
end $$;

-- Hooks with something to post, of every workspace.
create function due_hooks(at timestamptz) returns table (workspace_id uuid, hook_id uuid)
  language sql stable security definer set search_path = public, pg_temp as $$
  select h.workspace_id, h.id from hooks h
   where exists (select from hook_posts p where p.hook_id = h.id and p.state = 'waiting' and p.due_at <= due_hooks.at
                    and (p.held_until is null or p.held_until <= due_hooks.at) and (h.is_on or p.kind = 'test'))
$$;
create function forget_hook_posts(before timestamptz) returns bigint language sql security definer set search_path = public, pg_temp as $$
  with gone as (delete from hook_posts where settled_at < before returning 1) select count(*) from gone
$$;

-- The log is kept as far back as a reader has not come.
create or replace function forget_events(before timestamptz) returns bigint language sql security definer set search_path = public, pg_temp as $$
  with gone as (
    delete from events e where e.at < before and not exists (select from event_readers r where (r.xid, r.id) < (e.xid, e.id)) returning 1
  ) select count(*) from gone
$$;
revoke execute on function plan_hook_posts(timestamptz, integer), due_hooks(timestamptz), forget_hook_posts(timestamptz) from public;
grant execute on function plan_hook_posts(timestamptz, integer), due_hooks(timestamptz), forget_hook_posts(timestamptz) to patchbay_app;
