-- People have a say in what is known of them, and what is known of them says who they are: erasure, confirmed links, fields, segments.
-- Somebody who asks for it is erased: what is left is that it happened, with numbers, and, of who must not be written to again, a mark of the address
-- that cannot be read back without the key of its workspace.
create table erasures (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  -- No reference: the contact is gone.
  contact_id uuid not null,
  -- Null: the person themselves, by the link in what they got.
  person_id uuid,
  state text not null default 'running' check (state in ('running', 'done', 'failed')),
  keeps_away boolean not null,
  counts jsonb not null default '{}',
  error text,
  asked_at timestamptz not null,
  ended_at timestamptz
);
create index erasures_in_order on erasures (workspace_id, asked_at desc, id desc);
create unique index one_running_erasure on erasures (contact_id) where state = 'running';
select protect('erasures');

-- Neither can be read by the program: it only ever asks whether an address is among them.
create table address_keys (
  workspace_id uuid primary key references workspaces on delete cascade,
  key bytea not null
);
create table erased_addresses (
  workspace_id uuid not null references workspaces on delete cascade,
  digest bytea not null,
  at timestamptz not null default now(),
  primary key (workspace_id, digest)
);
alter table address_keys enable row level security;
alter table erased_addresses enable row level security;

-- As HMAC does it: the inner hash is hashed again with the key.
create function address_digest(in_key bytea, in_kind text, in_value text) returns bytea language sql immutable set search_path = public, pg_temp as $$
  select sha256(in_key || sha256(in_key || convert_to(in_kind || ' ' || in_value, 'UTF8')))
$$;
revoke execute on function address_digest(bytea, text, text) from public;

create function keep_away(in_workspace uuid, in_addresses jsonb) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if in_workspace is distinct from nullif(current_setting('app.workspace', true), '')::uuid then raise exception 'not this workspace'; end if;
  insert into address_keys (workspace_id, key) values (in_workspace, sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')))
    on conflict do nothing;
  insert into erased_addresses (workspace_id, digest)
  select in_workspace, address_digest(k.key, o.kind, o.value) from jsonb_to_recordset(in_addresses) as o (kind text, value text) join address_keys k on k.workspace_id = in_workspace
  on conflict do nothing;
end $$;
revoke execute on function keep_away(uuid, jsonb) from public;
grant execute on function keep_away(uuid, jsonb) to patchbay_app;

alter table suppressions drop constraint suppressions_source_check;
alter table suppressions add constraint suppressions_source_check
  check (source in ('stop_word', 'manual', 'one_click', 'platform', 'import', 'bounce', 'complaint', 'erasure'));
alter table consents drop constraint consents_source_check;
alter table consents add constraint consents_source_check
  check (source in ('stop_word', 'one_click', 'preference_page', 'platform', 'manual', 'complaint', 'import', 'confirmation', 'pause_over', 'bounce', 'erasure'));

-- Whoever comes back by an address that was erased is refused from the first moment, whatever brings them: a file, a message, a person.
create function refuse_erased_addresses() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if not exists (select from erased_addresses e where e.workspace_id in (select workspace_id from added)) then return null; end if;
  with back as (
    select distinct a.workspace_id, a.contact_id from added a join address_keys k on k.workspace_id = a.workspace_id
      join erased_addresses e on e.workspace_id = a.workspace_id and e.digest = address_digest(k.key, a.kind, a.value)
  ), refused as (
    insert into suppressions (workspace_id, contact_id, source, evidence)
    select workspace_id, contact_id, 'erasure', 'this address was erased' from back on conflict do nothing
  )
  insert into consents (workspace_id, contact_id, state, source, evidence, at)
  select workspace_id, contact_id, 'refused', 'erasure', 'this address was erased', now() from back on conflict do nothing;
  return null;
end $$;
revoke execute on function refuse_erased_addresses() from public;
create trigger refuse_erased after insert on aliases referencing new table as added for each statement execute function refuse_erased_addresses();

-- The ledger is never changed; it ends with its person.
create function erase_consents(in_contacts uuid[]) returns bigint language sql security definer set search_path = public, pg_temp as $$
  with gone as (delete from consents where contact_id = any(in_contacts) and workspace_id = nullif(current_setting('app.workspace', true), '')::uuid returning 1)
  select count(*) from gone
$$;
revoke execute on function erase_consents(uuid[]) from public;
grant execute on function erase_consents(uuid[]) to patchbay_app;

-- A link that was mailed to somebody and does something once they press its button: agree to get mail, get all that is known of them, have it erased.
create table confirmations (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  contact_id uuid not null references contacts on delete cascade,
  kind text not null check (kind in ('opt_in', 'export', 'erase')),
  account_id uuid references accounts on delete set null,
  list_id uuid references lists on delete set null,
  address text not null check (length(address) between 3 and 254),
  sends integer not null default 1,
  asked_at timestamptz not null,
  sent_at timestamptz not null,
  expires_at timestamptz not null,
  confirmed_at timestamptz
);
create index confirmations_of_contact on confirmations (contact_id, kind, asked_at desc);
create index confirmations_by_workspace on confirmations (workspace_id);
select protect('confirmations');

-- Who is put on such a list is asked by mail, and gets campaigns once they have said yes.
alter table lists add column double_opt_in boolean not null default false,
  add column confirm_from uuid references accounts on delete set null,
  add column confirm_language text not null default 'en' check (confirm_language in ('en', 'ru'));

-- What a workspace wants to know of people. Values stand in contacts.fields, in one form for each kind.
create table contact_fields (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  key text not null check (length(key) between 1 and 80),
  name text not null check (length(name) between 1 and 80),
  kind text not null check (kind in ('text', 'number', 'date', 'yes_no', 'choice')),
  choices text[] not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (workspace_id, key)
);
select protect('contact_fields');

-- People by what is known of them: a filter that is asked anew each time.
create table segments (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  name text not null check (length(name) between 1 and 120),
  filter jsonb not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (workspace_id, name)
);
select protect('segments');
