-- Accounts are anything that sends; a profile is an account that is a browser, a mail account one that speaks SMTP.
create table proxies (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  name text not null check (length(name) between 1 and 80),
  kind text not null check (kind in ('http', 'https', 'socks5h')),
  host text not null,
  port integer not null check (port between 1 and 65535),
  username text,
  sealed_password bytea,
  checked_at timestamptz,
  check_result jsonb,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (workspace_id, name)
);
select protect('proxies');

create table accounts (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  channel text not null check (length(channel) between 1 and 40),
  name text not null check (length(name) between 1 and 80),
  identity text,
  -- The kind of alias that this account writes to: the channel's, kept here so that a plan is one statement.
  addressed_by text not null check (addressed_by in ('phone', 'email', 'jid', 'handle')),
  pace jsonb not null default '{}',
  ceilings jsonb not null default '{}',
  paused_at timestamptz,
  pause_reason text,
  bell_at timestamptz,
  wait_reason text,
  wait_until timestamptz,
  last_error text,
  last_error_at timestamptz,
  last_read_at timestamptz,
  badge integer not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (workspace_id, name)
);
select protect('accounts');

-- A profile that used a proxy keeps saying so when the proxy is gone: it must not start without one by accident.
create table profiles (
  account_id uuid primary key references accounts on delete cascade,
  workspace_id uuid not null references workspaces on delete cascade,
  goes_out text not null default 'direct' check (goes_out in ('direct', 'proxy')),
  proxy_id uuid references proxies on delete set null,
  base_url text not null,
  locale text not null default 'en-US',
  zone text not null default 'UTC',
  stealth boolean not null default false,
  wanted text not null default 'stopped' check (wanted in ('stopped', 'running')),
  state text not null default 'stopped',
  state_why text,
  state_at timestamptz not null default now(),
  state_until timestamptz,
  sealed_credentials bytea
);
create index profiles_by_proxy on profiles (proxy_id);
select protect('profiles');

create table mail_accounts (
  account_id uuid primary key references accounts on delete cascade,
  workspace_id uuid not null references workspaces on delete cascade,
  use_catcher boolean not null default false,
  host text not null,
  port integer not null check (port between 1 and 65535),
  security text not null check (security in ('tls', 'starttls', 'none')),
  username text,
  sealed_password bytea,
  from_name text not null default '',
  from_address text not null,
  pool integer not null default 5 check (pool between 1 and 20)
);
select protect('mail_accounts');

-- Workers. Not a tenant's: a host serves every workspace.
create table hosts (
  id uuid primary key,
  url text not null,
  sealed_secret bytea not null,
  started_at timestamptz not null default now(),
  seen_at timestamptz not null default now(),
  slots integer not null
);
grant select, insert, update, delete on hosts to patchbay_app;

-- The lease is the truth about who runs a lane; the fence grows with each holder, and a late one can write nothing.
create table leases (
  account_id uuid primary key references accounts on delete cascade,
  workspace_id uuid not null references workspaces on delete cascade,
  host_id uuid not null,
  fence bigint not null default 1,
  until timestamptz not null
);
select protect('leases');

create table runs (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  account_id uuid not null references accounts on delete cascade,
  delivery_id uuid,
  flow text not null,
  outcome text not null,
  why text,
  started_at timestamptz not null,
  ended_at timestamptz not null,
  sealed_trace bytea not null
);
create index runs_by_account on runs (account_id, started_at desc);
create index runs_by_delivery on runs (delivery_id) where delivery_id is not null;
select protect('runs');
