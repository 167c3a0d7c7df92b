-- A campaign of which a copy goes out again and again; it itself stays as it is.
create table campaign_repeats (
  campaign_id uuid primary key references campaigns on delete cascade,
  workspace_id uuid not null references workspaces on delete cascade,
  again jsonb not null,
  -- Null while it rests.
  next_at timestamptz,
  -- The copy that went out last, and why the last one did not.
  last_id uuid references campaigns on delete set null,
  error text,
  -- In whose name copies are started.
  person_id uuid references people on delete set null
);
create index campaign_repeats_due on campaign_repeats (next_at) where next_at is not null;
create index campaign_repeats_last on campaign_repeats (last_id);
create index campaign_repeats_person on campaign_repeats (person_id);
select protect('campaign_repeats');

create function due_repeats(at timestamptz) returns table (workspace_id uuid, campaign_id uuid)
  language sql stable security definer set search_path = public, pg_temp as $$
  select r.workspace_id, r.campaign_id from campaign_repeats r where r.next_at <= due_repeats.at order by r.next_at limit 50
$$;
revoke execute on function due_repeats(timestamptz) from public;
grant execute on function due_repeats(timestamptz) to patchbay_app;
