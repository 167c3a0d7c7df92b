-- What a profile went through and what went through its proxy stay readable after the worker that saw it has gone; runs and such notes are kept
-- for a time that is said, and then forgotten.
create table profile_notes (
  id bigint generated always as identity primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  account_id uuid not null references profiles on delete cascade,
  at timestamptz not null default clock_timestamp(),
  state text not null,
  why text
);
create index profile_notes_by_account on profile_notes (account_id, at desc, id desc);
create index profile_notes_by_workspace on profile_notes (workspace_id);
select protect('profile_notes');

-- Written here and not by each writer: a worker, a stop, and an import change states.
create function note_profile_state() returns trigger language plpgsql as $$
begin
  insert into profile_notes (workspace_id, account_id, state, why) values (new.workspace_id, new.account_id, new.state, new.state_why);
  return null;
end $$;
create trigger profiles_noted after update of state, state_why on profiles for each row
  when ((old.state, old.state_why) is distinct from (new.state, new.state_why)) execute function note_profile_state();

-- Bytes that passed the hop of a profile, by day in UTC. A profile that goes out directly has no hop.
create table profile_traffic (
  account_id uuid not null references profiles on delete cascade,
  day date not null,
  workspace_id uuid not null references workspaces on delete cascade,
  sent_bytes bigint not null default 0,
  received_bytes bigint not null default 0,
  primary key (account_id, day)
);
create index profile_traffic_by_workspace on profile_traffic (workspace_id);
select protect('profile_traffic');

alter table profiles
  add column notes text not null default '' check (length(notes) <= 2000),
  add column launched_at timestamptz;

create index audit_by_subject on audit (subject_id, at desc, id desc) where subject_id is not null;
create index runs_by_end on runs (ended_at);

-- Runs that failed are kept longer than the others. At most so many at once: pictures are large.
create function forget_runs(in_before timestamptz, in_failed_before timestamptz, in_most integer) returns bigint
  language sql security definer set search_path = public, pg_temp as $$
  with gone as (
    delete from runs where id in (
      select r.id from runs r
       where r.ended_at < in_before and (r.ended_at < in_failed_before or r.outcome not in ('failed', 'refused', 'unknown'))
       order by r.ended_at limit in_most for update skip locked)
    returning 1
  )
  select count(*) from gone
$$;
create function forget_profile_notes(in_before timestamptz) returns bigint language sql security definer set search_path = public, pg_temp as $$
  with old_days as (delete from profile_traffic where day < (in_before at time zone 'UTC')::date),
       gone as (delete from profile_notes where at < in_before returning 1)
  select count(*) from gone
$$;

-- This profile, if it should run and sleeps.
create function sleeping_profile(in_account uuid)
  returns table (workspace_id uuid, account_id uuid) language sql stable security definer set search_path = public, pg_temp as $$
  select p.workspace_id, p.account_id from profiles p join accounts a on a.id = p.account_id
   where p.account_id = in_account and p.wanted = 'running' and p.hibernated_at is not null and a.paused_at is null
$$;
revoke execute on function forget_runs(timestamptz, timestamptz, integer), forget_profile_notes(timestamptz), sleeping_profile(uuid) from public;
grant execute on function forget_runs(timestamptz, timestamptz, integer), forget_profile_notes(timestamptz), sleeping_profile(uuid) to patchbay_app;
