-- Who works on a conversation, how urgent it is, until when it sleeps, and what it is called. An inbox of half a million conversations is listed and
-- counted by these: each list walks one index, and counts are kept by the transaction that changes a conversation, never counted.
create table teams (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  name text not null check (length(name) between 1 and 80),
  created_at timestamptz not null default now(),
  unique (workspace_id, name)
);
select protect('teams');

create table team_members (
  team_id uuid not null references teams on delete cascade,
  person_id uuid not null references people on delete cascade,
  workspace_id uuid not null references workspaces on delete cascade,
  primary key (team_id, person_id)
);
create index team_members_by_person on team_members (person_id);
select protect('team_members');

create table labels (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  name text not null check (length(name) between 1 and 40),
  colour text not null check (colour in ('grey', 'blue', 'green', 'amber', 'orange', 'red', 'violet')),
  created_at timestamptz not null default now(),
  unique (workspace_id, name)
);
select protect('labels');

update conversations set last_message_at = created_at where last_message_at is null;
alter table conversations
  alter column last_message_at set default now(),
  alter column last_message_at set not null,
  add column assigned_to uuid references people on delete set null,
  add column team_id uuid references teams on delete set null,
  add column priority text not null default 'none' check (priority in ('none', 'low', 'medium', 'high', 'urgent')),
  add column pinned_at timestamptz,
  add column snoozed_at timestamptz,
  add column snoozed_until timestamptz,
  add column resolved_at timestamptz,
  add column state text not null generated always as (case when archived_at is not null then 'archived' when resolved_at is not null then 'resolved'
    when snoozed_until is not null then 'snoozed' else 'open' end) stored;

-- Labels know where their conversation stands in the list, so that a label is a list of its own.
create table conversation_labels (
  conversation_id uuid not null references conversations on delete cascade,
  label_id uuid not null references labels on delete cascade,
  workspace_id uuid not null,
  state text not null,
  is_unread boolean not null,
  last_message_at timestamptz not null,
  primary key (conversation_id, label_id)
);
create index conversation_labels_in_order on conversation_labels (workspace_id, label_id, state, last_message_at desc, conversation_id desc);
create index conversation_labels_by_label on conversation_labels (label_id);
select protect('conversation_labels');

drop index conversations_by_recency;
create index conversations_by_state on conversations (workspace_id, state, last_message_at desc, id desc);
create index conversations_by_person on conversations (workspace_id, assigned_to, state, last_message_at desc, id desc);
create index conversations_by_account on conversations (workspace_id, account_id, state, last_message_at desc, id desc);
create index conversations_by_team on conversations (workspace_id, team_id, state, last_message_at desc, id desc) where team_id is not null;
create index conversations_by_priority on conversations (workspace_id, priority, state, last_message_at desc, id desc) where priority <> 'none';
create index conversations_unread on conversations (workspace_id, state, last_message_at desc, id desc) where unread > 0;
create index conversations_pinned on conversations (workspace_id, pinned_at) where pinned_at is not null;
create index conversations_asleep on conversations (snoozed_until) where snoozed_until is not null;

-- How many conversations there are of each kind, and how many of them are unread. A change adds a row and locks none, so that writers of one workspace
-- never wait for each other; a tick folds those rows into the sums, and a reader adds both.
create table inbox_counts (
  workspace_id uuid not null references workspaces on delete cascade,
  facet text not null,
  key uuid not null,
  state text not null,
  conversations bigint not null,
  unread bigint not null,
  primary key (workspace_id, facet, key, state)
);
select protect('inbox_counts');
create table inbox_changes (
  workspace_id uuid not null,
  facet text not null,
  key uuid not null,
  state text not null,
  conversations integer not null,
  unread integer not null
);
create index inbox_changes_by_workspace on inbox_changes (workspace_id);
select protect('inbox_changes');

-- What one conversation counts as. Nobody is the person of nil.
create function inbox_facets(in_account uuid, in_person uuid, in_team uuid) returns table (facet text, key uuid) language sql immutable as $$
  select 'all', '00000000-0000-0000-0000-000000000000'::uuid
  union all select 'person', coalesce(in_person, '00000000-0000-0000-0000-000000000000')
  union all select 'account', in_account
  union all select 'team', in_team where in_team is not null
$$;

insert into inbox_counts (workspace_id, facet, key, state, conversations, unread)
select v.workspace_id, f.facet, f.key, v.state, count(*), count(*) filter (where v.unread > 0)
  from conversations v cross join lateral inbox_facets(v.account_id, v.assigned_to, v.team_id) f group by 1, 2, 3, 4;

create function count_added_conversations() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into inbox_changes (workspace_id, facet, key, state, conversations, unread)
  select v.workspace_id, f.facet, f.key, v.state, count(*), count(*) filter (where v.unread > 0)
    from added v cross join lateral inbox_facets(v.account_id, v.assigned_to, v.team_id) f group by 1, 2, 3, 4;
  return null;
end $$;
create trigger count_added after insert on conversations referencing new table as added for each statement execute function count_added_conversations();

create function count_removed_conversations() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into inbox_changes (workspace_id, facet, key, state, conversations, unread)
  select v.workspace_id, f.facet, f.key, v.state, -count(*), -count(*) filter (where v.unread > 0)
    from removed v cross join lateral inbox_facets(v.account_id, v.assigned_to, v.team_id) f group by 1, 2, 3, 4;
  return null;
end $$;
create trigger count_removed after delete on conversations referencing old table as removed for each statement execute function count_removed_conversations();

-- Only what differs, so a conversation that becomes unread says so once for each kind that it is of.
create function count_changed_conversation() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into inbox_changes (workspace_id, facet, key, state, conversations, unread)
  select new.workspace_id, c.facet, c.key, c.state, sum(c.n), sum(c.u) from (
    select f.facet, f.key, old.state, -1 as n, -(old.unread > 0)::int as u from inbox_facets(old.account_id, old.assigned_to, old.team_id) f
    union all
    select f.facet, f.key, new.state, 1, (new.unread > 0)::int from inbox_facets(new.account_id, new.assigned_to, new.team_id) f) c
   group by 1, 2, 3, 4 having sum(c.n) <> 0 or sum(c.u) <> 0;
  return null;
end $$;
create trigger count_changed after update on conversations for each row
  when ((old.state, old.unread > 0, old.account_id, old.assigned_to, old.team_id) is distinct from
        (new.state, new.unread > 0, new.account_id, new.assigned_to, new.team_id)) execute function count_changed_conversation();

-- Only conversations with labels have rows to move.
create function place_labels() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update conversation_labels set state = new.state, is_unread = new.unread > 0, last_message_at = new.last_message_at where conversation_id = new.id;
  return null;
end $$;
create trigger place_labels after update on conversations for each row
  when ((old.state, old.unread > 0, old.last_message_at) is distinct from (new.state, new.unread > 0, new.last_message_at)) execute function place_labels();

create function count_labels() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if tg_op <> 'INSERT' then
    insert into inbox_changes (workspace_id, facet, key, state, conversations, unread)
    values (old.workspace_id, 'label', old.label_id, old.state, -1, -old.is_unread::int);
  end if;
  if tg_op <> 'DELETE' then
    insert into inbox_changes (workspace_id, facet, key, state, conversations, unread)
    values (new.workspace_id, 'label', new.label_id, new.state, 1, new.is_unread::int);
  end if;
  return null;
end $$;
create trigger count_added_labels after insert or delete on conversation_labels for each row execute function count_labels();
create trigger count_moved_labels after update on conversation_labels for each row
  when ((old.state, old.is_unread) is distinct from (new.state, new.is_unread)) execute function count_labels();

create function fold_inbox_changes() returns bigint language plpgsql security definer set search_path = public, pg_temp as $$
declare folded bigint;
begin
  if not pg_try_advisory_xact_lock(hashtext('fold_inbox_changes')) then return 0; end if;
  with taken as (delete from inbox_changes returning *),
  summed as (select workspace_id, facet, key, state, sum(conversations) as conversations, sum(unread) as unread, count(*) as changes from taken group by 1, 2, 3, 4),
  kept as (
    insert into inbox_counts as k (workspace_id, facet, key, state, conversations, unread)
    select s.workspace_id, facet, key, state, conversations, unread from summed s join workspaces w on w.id = s.workspace_id
    on conflict (workspace_id, facet, key, state) do update set conversations = k.conversations + excluded.conversations, unread = k.unread + excluded.unread
    returning 1)
  select coalesce(sum(changes), 0) into folded from summed;
  delete from inbox_counts where conversations = 0 and unread = 0;
  return folded;
end $$;

-- Those whose time has come, in every workspace.
create function wake_conversations(at timestamptz) returns bigint language plpgsql security definer set search_path = public, pg_temp as $$
declare woken bigint;
begin
  with due as (
    select id from conversations where snoozed_until <= at order by snoozed_until limit 500 for update skip locked
  ), awake as (
    update conversations v set snoozed_until = null, snoozed_at = null, updated_at = now() from due where v.id = due.id returning v.id, v.account_id, v.workspace_id
  ), told as (
    insert into events (workspace_id, kind, subject)
    select workspace_id, 'conversation_changed', jsonb_build_object('kind', 'conversation_changed', 'conversationId', id, 'accountId', account_id) from awake
  )
  select count(*) into woken from awake;
  return woken;
end $$;
revoke execute on function count_added_conversations(), count_removed_conversations(), count_changed_conversation(), place_labels(), count_labels(),
  fold_inbox_changes(), wake_conversations(timestamptz) from public;
grant execute on function fold_inbox_changes(), wake_conversations(timestamptz) to patchbay_app;
