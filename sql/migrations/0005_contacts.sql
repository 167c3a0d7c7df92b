-- A contact is a person: a set of aliases. Lists gather contacts, rules allow and deny addresses, a suppression stops every channel at once.
create table contacts (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  name text not null default '',
  fields jsonb not null default '{}',
  zone text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index contacts_by_workspace on contacts (workspace_id);
select protect('contacts');

create table aliases (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  contact_id uuid not null references contacts on delete cascade,
  kind text not null check (kind in ('phone', 'email', 'jid', 'handle')),
  value text not null check (length(value) between 1 and 320),
  typed text,
  unique (workspace_id, kind, value)
);
create index aliases_by_contact on aliases (contact_id);
select protect('aliases');

create table lists (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  name text not null check (length(name) between 1 and 120),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (workspace_id, name)
);
select protect('lists');

create table list_entries (
  list_id uuid not null references lists on delete cascade,
  contact_id uuid not null references contacts on delete cascade,
  workspace_id uuid not null references workspaces on delete cascade,
  position bigint generated always as identity,
  added_at timestamptz not null default now(),
  primary key (list_id, contact_id)
);
create index list_entries_in_order on list_entries (list_id, position);
create index list_entries_by_contact on list_entries (contact_id);
select protect('list_entries');

create table imports (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  list_id uuid not null references lists on delete cascade,
  file_name text not null,
  mapping jsonb not null,
  state text not null check (state in ('running', 'done', 'failed', 'stopped')),
  rows_read integer not null default 0,
  added integer not null default 0,
  updated integer not null default 0,
  duplicates integer not null default 0,
  rejected integer not null default 0,
  error text,
  started_at timestamptz not null default now(),
  ended_at timestamptz
);
create index imports_by_list on imports (list_id, started_at desc);
select protect('imports');

create table import_rejects (
  import_id uuid not null references imports on delete cascade,
  workspace_id uuid not null references workspaces on delete cascade,
  row integer not null,
  column_name text,
  value text,
  code text not null,
  reason text not null
);
create index import_rejects_in_order on import_rejects (import_id, row);
select protect('import_rejects');

create table address_rules (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  effect text not null check (effect in ('allow', 'deny')),
  kind text not null check (kind in ('phone', 'email', 'domain', 'country', 'handle')),
  value text not null check (length(value) between 1 and 320),
  note text not null default '',
  created_at timestamptz not null default now(),
  unique (workspace_id, effect, kind, value)
);
select protect('address_rules');

create table suppressions (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  contact_id uuid not null references contacts on delete cascade,
  source text not null check (source in ('stop_word', 'manual', 'one_click', 'platform', 'import')),
  evidence text not null default '',
  message_id uuid,
  at timestamptz not null default now(),
  lifted_at timestamptz,
  lifted_by uuid
);
create unique index one_active_suppression on suppressions (contact_id) where lifted_at is null;
select protect('suppressions');
