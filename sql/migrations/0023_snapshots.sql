-- What a closed browser's session needs, sealed in chunks: a parked profile leaves nothing on a disk, and any host goes on with it.
create table snapshots (
  account_id uuid not null references profiles on delete cascade,
  generation integer not null,
  workspace_id uuid not null references workspaces on delete cascade,
  -- The lease under which it was written.
  fence bigint not null,
  -- Null while it is being written: nobody restores such a one.
  made_at timestamptz,
  -- Sealed, as it lies here; and the files that it was made of.
  bytes bigint not null default 0,
  plain_bytes bigint not null default 0,
  primary key (account_id, generation)
);
create index snapshots_by_workspace on snapshots (workspace_id);
select protect('snapshots');

create table snapshot_chunks (
  account_id uuid not null,
  generation integer not null,
  position integer not null,
  workspace_id uuid not null references workspaces on delete cascade,
  -- 1 MB and what sealing adds.
  sealed bytea not null check (length(sealed) between 1 and 1050000),
  primary key (account_id, generation, position),
  foreign key (account_id, generation) references snapshots on delete cascade
);
-- Sealed bytes do not become smaller.
alter table snapshot_chunks alter column sealed set storage external;
create index snapshot_chunks_by_workspace on snapshot_chunks (workspace_id);
select protect('snapshot_chunks');

alter table profiles
  -- The data directory whose folder is newer than every snapshot; null: the newest snapshot is what counts, and a folder is only a rest.
  add column opened_in uuid,
  -- Closed because its slot was needed or nothing was to do: due work, readings and viewers open it again.
  add column hibernated_at timestamptz,
  add column snapshot_why text,
  -- Of the browser's processes together, the last time they were measured; null while it is closed.
  add column pss_bytes bigint,
  add column cpu_share real,
  add column measured_at timestamptz;

-- How many browsers a host has open, how many would fit into the memory it may use, and why it starts no more.
alter table hosts
  add column open_browsers integer not null default 0,
  add column fitting_browsers integer,
  add column refuses_why text;

create or replace function unheld_profiles(at timestamptz)
  returns table (workspace_id uuid, account_id uuid) language sql stable security definer set search_path = public, pg_temp as $$
  select p.workspace_id, p.account_id from profiles p
   where p.wanted = 'running' and p.hibernated_at is null
     and not exists (select from leases l join hosts h on h.id = l.host_id
                      where l.account_id = p.account_id and l.until > at and h.seen_at > at - interval '15 seconds')
$$;

-- Profiles that should run and have slept since before then, the longest sleepers first.
create function sleeping_profiles(since timestamptz)
  returns table (workspace_id uuid, account_id uuid) language sql stable security definer set search_path = public, pg_temp as $$
  select p.workspace_id, p.account_id from profiles p join accounts a on a.id = p.account_id
   where p.wanted = 'running' and p.hibernated_at < since and a.paused_at is null
   order by p.hibernated_at
$$;
revoke execute on function sleeping_profiles(timestamptz) from public;
grant execute on function sleeping_profiles(timestamptz) to patchbay_app;

-- Of these folders of one data directory, those that should not be there: the session lies in a snapshot, another host has gone on with it, or
-- the profile is closed and its session could not be kept at the time.
create function folders_to_tidy(ids uuid[], data_dir uuid)
  returns table (workspace_id uuid, account_id uuid) language sql stable security definer set search_path = public, pg_temp as $$
  select p.workspace_id, p.account_id from profiles p
   where p.account_id = any(ids)
     and ((p.opened_in is distinct from data_dir and exists (select from snapshots s where s.account_id = p.account_id and s.made_at is not null))
       or (p.opened_in = data_dir and (p.hibernated_at is not null or p.wanted = 'stopped')))
$$;
revoke execute on function folders_to_tidy(uuid[], uuid) from public;
grant execute on function folders_to_tidy(uuid[], uuid) to patchbay_app;
