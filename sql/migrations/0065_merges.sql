-- Two contacts that are one person become one, and an address that is somebody else's becomes a contact of its own. What was changed is kept, so that
-- either can be taken back.
create table merges (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  kind text not null check (kind in ('merge', 'split')),
  -- Who stayed; the other one went into them, or came out of them. Neither is a reference: a contact that was merged comes back under its own id.
  contact_id uuid not null,
  other_id uuid not null,
  -- Null: the program, because a platform named both in one breath.
  person_id uuid,
  made_at timestamptz not null,
  -- By the database's clock, as the ledger is written.
  recorded_at timestamptz not null default now(),
  undone_at timestamptz,
  -- Rows as they were, and as they were made.
  before jsonb not null default '{}',
  made jsonb not null default '{}'
);
create index merges_of_contact on merges (contact_id, made_at desc, id desc);
create index merges_of_other on merges (other_id);
create index merges_by_workspace on merges (workspace_id);
select protect('merges');

-- What went from one to the other, of which there may be a lot.
create table merge_moves (
  merge_id uuid not null references merges on delete cascade,
  workspace_id uuid not null references workspaces on delete cascade,
  relation text not null check (relation in ('messages', 'deliveries', 'bounces', 'conversation_notes')),
  row_id uuid not null,
  was jsonb not null,
  primary key (merge_id, relation, row_id)
);
create index merge_moves_by_workspace on merge_moves (workspace_id);
select protect('merge_moves');

-- Whoever came out of another contact keeps the ledger that stood until then.
create table split_contacts (
  contact_id uuid primary key,
  from_id uuid not null,
  workspace_id uuid not null references workspaces on delete cascade,
  recorded_at timestamptz not null default now()
);
create index split_contacts_by_workspace on split_contacts (workspace_id);
select protect('split_contacts');

-- All contacts are read in pages.
drop index contacts_by_workspace;
create index contacts_in_order on contacts (workspace_id, created_at desc, id desc);

-- Rows that were taken away, as they were; one whose place is taken by now stays away. Works as whoever asks, so the row policies bind it.
create function put_back(relation regclass, in_rows jsonb) returns void language plpgsql set search_path = public, pg_temp as $$
declare columns text := (select string_agg(format('%I', attname), ', ' order by attnum) from pg_attribute
                          where attrelid = relation and attnum > 0 and not attisdropped and attgenerated = '');
begin
  if jsonb_array_length(coalesce(in_rows, '[]')) = 0 then return; end if;
  execute format('insert into %1$s (%2$s) overriding system value select %2$s from jsonb_populate_recordset(null::%1$s, $1) on conflict do nothing', relation, columns)
    using in_rows;
end $$;

-- A row becomes again what it was, but for what somebody has changed since it was made what it is.
create function put_as_before(relation regclass, in_before jsonb, in_made jsonb) returns void language plpgsql set search_path = public, pg_temp as $$
declare
  present jsonb;
  columns text;
begin
  execute format('select to_jsonb(t) from %s t where t.id = $1', relation) into present using (in_before ->> 'id')::uuid;
  select string_agg(format('%I', a.attname), ', ') into columns from pg_attribute a
   where a.attrelid = relation and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
     and present -> a.attname is not distinct from in_made -> a.attname and in_before -> a.attname is distinct from in_made -> a.attname;
  if columns is null then return; end if;
  execute format('update %1$s t set (%2$s) = (select %2$s from jsonb_populate_record(null::%1$s, $1)) where t.id = $2', relation, columns)
    using in_before, (in_before ->> 'id')::uuid;
end $$;
