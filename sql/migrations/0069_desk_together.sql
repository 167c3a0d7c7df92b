-- What several people at one inbox need: to change much at once, and to see who is where.

-- One change of many conversations at once. Which ones, and what they were before, is written down when it begins: so their number is exact, a
-- program that stops goes on where it was, and the change can be taken back.
create table batches (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  person_id uuid references people on delete set null,
  change jsonb not null,
  total integer not null check (total between 1 and 10000),
  done integer not null default 0,
  -- Nothing is left to do, or to undo.
  finished_at timestamptz,
  undone_at timestamptz,
  created_at timestamptz not null default now()
);
create index batches_by_workspace on batches (workspace_id, created_at);
create index batches_by_person on batches (person_id) where person_id is not null;
select protect('batches');

create table batch_rows (
  batch_id uuid not null references batches on delete cascade,
  conversation_id uuid not null references conversations on delete cascade,
  workspace_id uuid not null references workspaces on delete cascade,
  -- Null until it was changed.
  before jsonb,
  changed_at timestamptz,
  undone_at timestamptz,
  primary key (batch_id, conversation_id)
);
create index batch_rows_by_conversation on batch_rows (conversation_id);
create index batch_rows_by_workspace on batch_rows (workspace_id);
select protect('batch_rows');

-- Who has which conversation open, for as long as there are signs of life: lost with a crash, as are the connections.
create unlogged table attendances (
  connection_id uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  conversation_id uuid not null references conversations on delete cascade,
  person_id uuid not null references people on delete cascade,
  is_writing boolean not null,
  expires_at timestamptz not null
);
create index attendances_by_conversation on attendances (conversation_id);
create index attendances_by_person on attendances (person_id);
create index attendances_by_workspace on attendances (workspace_id, expires_at);
select protect('attendances');
