-- What people have agreed to and refused, and what shows it. A row is what somebody said at a time; it is never changed and never taken away, so a contact
-- that was merged into another keeps its own (see merged_contacts).
create table consents (
  id bigint generated always as identity primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  contact_id uuid not null,
  -- 'every': whatever the channel, whatever the purpose.
  channel text not null default 'every' check (length(channel) between 1 and 40),
  purpose text not null default 'every' check (purpose in ('every', 'marketing')),
  state text not null check (state in ('asked', 'given', 'refused', 'paused', 'lifted')),
  source text not null check (source in ('stop_word', 'one_click', 'preference_page', 'platform', 'manual', 'complaint', 'import', 'confirmation', 'pause_over', 'bounce')),
  -- An id or a note that shows it, never the text of a message.
  evidence text not null default '' check (length(evidence) <= 1000),
  -- Who of us wrote it down; null: the program.
  person_id uuid,
  until timestamptz,
  at timestamptz not null,
  recorded_at timestamptz not null default now()
);
-- The same word heard twice is one row: platforms repeat themselves.
create unique index consents_of_contact on consents (contact_id, at desc, state, channel, purpose, source);
create index consents_by_workspace on consents (workspace_id);
select protect('consents');
revoke update, delete on consents from patchbay_app;

-- What stands now, by the newest word of each channel and purpose: written by whoever writes the ledger, in the same statement.
create table standing_consents (
  contact_id uuid not null references contacts on delete cascade,
  purpose text not null,
  channel text not null,
  workspace_id uuid not null,
  state text not null,
  source text not null,
  at timestamptz not null,
  primary key (contact_id, purpose, channel)
);
select protect('standing_consents');
create function keep_standing_consents() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into standing_consents as s (contact_id, purpose, channel, workspace_id, state, source, at)
  select distinct on (a.contact_id, a.purpose, a.channel) a.contact_id, a.purpose, a.channel, a.workspace_id, a.state, a.source, a.at
    from added a join contacts c on c.id = a.contact_id order by a.contact_id, a.purpose, a.channel, a.at desc, a.id desc
  on conflict (contact_id, purpose, channel) do update set state = excluded.state, source = excluded.source, at = excluded.at where s.at <= excluded.at;
  return null;
end $$;
revoke execute on function keep_standing_consents() from public;
create trigger keep_standing after insert on consents referencing new table as added for each statement execute function keep_standing_consents();

-- Somebody who was imported without a word about how they agreed may be answered, and no more. Who was there before counts as stated before.
alter table contacts add column reply_only boolean not null default false;
alter table imports add column basis jsonb, add column reply_only boolean not null default false;

-- What was known before there was a ledger.
insert into consents (workspace_id, contact_id, state, source, evidence, until, at)
select workspace_id, contact_id, case when until is null then 'refused' else 'paused' end, source, left(evidence, 1000), until, at from suppressions order by at
on conflict do nothing;
insert into consents (workspace_id, contact_id, state, source, evidence, person_id, at)
select workspace_id, contact_id, 'lifted', 'manual', '', lifted_by, lifted_at from suppressions where lifted_at is not null order by lifted_at
on conflict do nothing;
insert into consents (workspace_id, contact_id, channel, state, source, at)
select workspace_id, contact_id, channel, 'refused', 'preference_page', at from channel_refusals
on conflict do nothing;

create or replace function lift_pauses(in_at timestamptz) returns bigint language sql security definer set search_path = public, pg_temp as $$
  with lifted as (
    update suppressions s set lifted_at = s.until where s.until <= in_at and s.lifted_at is null returning s.workspace_id, s.contact_id, s.until
  ), noted as (
    insert into consents (workspace_id, contact_id, state, source, at) select workspace_id, contact_id, 'lifted', 'pause_over', until from lifted on conflict do nothing
  )
  select count(*) from lifted
$$;
