-- What people of a workspace write beside messages: notes that the other side never sees, what somebody has begun to write, answers that are
-- written once and used often, and views of the inbox that are kept by name.
create table conversation_notes (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  conversation_id uuid not null references conversations on delete cascade,
  person_id uuid references people on delete set null,
  body text not null check (length(body) between 1 and 10000),
  mentions uuid[] not null default '{}',
  at timestamptz not null default now()
);
create index conversation_notes_in_order on conversation_notes (conversation_id, at, id);
create index conversation_notes_by_workspace on conversation_notes (workspace_id);
select protect('conversation_notes');

create table drafts (
  person_id uuid not null references people on delete cascade,
  conversation_id uuid not null references conversations on delete cascade,
  workspace_id uuid not null references workspaces on delete cascade,
  text text not null check (length(text) between 1 and 65536),
  client_key text not null check (length(client_key) between 1 and 100),
  updated_at timestamptz not null default now(),
  primary key (person_id, conversation_id)
);
create index drafts_by_conversation on drafts (conversation_id);
create index drafts_by_workspace on drafts (workspace_id);
select protect('drafts');

create table canned_answers (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  name text not null check (length(name) between 1 and 40),
  body text not null check (length(body) between 1 and 10000),
  updated_at timestamptz not null default now(),
  unique (workspace_id, name)
);
select protect('canned_answers');

create table saved_views (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  -- Null: everybody's.
  person_id uuid references people on delete cascade,
  name text not null check (length(name) between 1 and 80),
  filter jsonb not null,
  created_at timestamptz not null default now()
);
create index saved_views_by_workspace on saved_views (workspace_id, name);
create index saved_views_by_person on saved_views (person_id) where person_id is not null;
select protect('saved_views');
