-- Many proxies: pools that profiles choose from, a breaker so that a dead proxy is not tried by every profile again and again, and what the
-- tries of each have shown.
create table proxy_pools (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  name text not null check (length(name) between 1 and 80),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (workspace_id, name)
);
select protect('proxy_pools');

alter table proxies
  add column pool_id uuid references proxy_pools on delete set null,
  -- Failed connections in a row; since when nobody may try, until when, and how often the single try after that has failed.
  add column failures integer not null default 0,
  add column opened_at timestamptz,
  add column retry_at timestamptz,
  add column trips integer not null default 0,
  -- The newest tries, oldest first: 1 carried, 0 failed.
  add column tries text not null default '' check (tries ~ '^[01]{0,50}$'),
  add column last_error text,
  add column last_error_at timestamptz,
  add column check_asked_at timestamptz;
create index proxies_by_pool on proxies (pool_id);
create index proxies_open on proxies (retry_at) where opened_at is not null;

-- A profile of a pool keeps the proxy that was chosen for it: proxy_id says which. Without one it is held, not direct.
alter table profiles
  add column pool_id uuid references proxy_pools on delete restrict;
create index profiles_by_pool on profiles (pool_id);

-- Proxies of every workspace that nobody may try now, for the memory of workers.
create function open_proxies() returns table (workspace_id uuid, proxy_id uuid, retry_at timestamptz, last_error text)
  language sql stable security definer set search_path = public, pg_temp as $$
  select workspace_id, id, retry_at, last_error from proxies where opened_at is not null
$$;
revoke execute on function open_proxies() from public;
grant execute on function open_proxies() to patchbay_app;
