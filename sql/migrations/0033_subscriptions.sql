-- What people choose at the link in what they get: nothing any more, nothing for a while, or nothing by this channel.
alter table suppressions add column until timestamptz;
create index suppressions_to_lift on suppressions (until) where until is not null and lifted_at is null;

create table channel_refusals (
  contact_id uuid not null references contacts on delete cascade,
  channel text not null check (length(channel) between 1 and 40),
  workspace_id uuid not null references workspaces on delete cascade,
  at timestamptz not null default now(),
  primary key (contact_id, channel)
);
select protect('channel_refusals');

-- Two contacts that turned out to be one person: a link in an old mail still finds who it was made for.
create table merged_contacts (
  contact_id uuid primary key,
  into_id uuid not null references contacts on delete cascade,
  workspace_id uuid not null references workspaces on delete cascade
);
create index merged_contacts_by_target on merged_contacts (into_id);
select protect('merged_contacts');

-- Pauses that are over, in every workspace.
create function lift_pauses(in_at timestamptz) returns bigint language sql security definer set search_path = public, pg_temp as $$
  with lifted as (update suppressions s set lifted_at = s.until where s.until <= in_at and s.lifted_at is null returning 1) select count(*) from lifted
$$;
revoke execute on function lift_pauses(timestamptz) from public;
grant execute on function lift_pauses(timestamptz) to patchbay_app;

-- Since when its server has put a mail off: it is tried again for three days from then, however long it waited for other reasons.
alter table deliveries add column deferred_since timestamptz;
