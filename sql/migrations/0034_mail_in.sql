-- What comes back of the mails of an account: read from its mailbox, or told by the provider that sends for it.
create table mail_boxes (
  account_id uuid primary key references accounts on delete cascade,
  workspace_id uuid not null references workspaces on delete cascade,
  host text not null,
  port integer not null check (port between 1 and 65535),
  security text not null check (security in ('tls', 'starttls', 'none')),
  username text not null,
  sealed_password bytea not null,
  folder text not null default 'INBOX' check (length(folder) between 1 and 200),
  -- How far it was read. Null until it was opened once; with another validity the server has numbered its mails anew.
  uid_validity bigint,
  last_uid bigint not null default 0,
  read_at timestamptz,
  error text,
  error_at timestamptz,
  due_at timestamptz not null default now(),
  -- One worker reads a box; one that died has it no longer than this.
  held_by uuid,
  held_until timestamptz
);
create index mail_boxes_due on mail_boxes (due_at);
create index mail_boxes_by_workspace on mail_boxes (workspace_id);
select protect('mail_boxes');

-- Where a provider tells of events: the secret that it signs with, or the key that its signatures are checked with.
create table mail_providers (
  account_id uuid not null references accounts on delete cascade,
  provider text not null check (provider in ('ses', 'sendgrid', 'postmark', 'mailgun', 'generic')),
  workspace_id uuid not null references workspaces on delete cascade,
  sealed_secret bytea not null,
  told_at timestamptz,
  primary key (account_id, provider)
);
create index mail_providers_by_workspace on mail_providers (workspace_id);
select protect('mail_providers');

-- What was said of one mail, by its own id there: however often it comes, it counts once. Without a delivery it is about none of ours.
create table bounces (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  account_id uuid not null references accounts on delete cascade,
  source text not null check (source in ('mailbox', 'ses', 'sendgrid', 'postmark', 'mailgun', 'generic')),
  source_id text not null check (length(source_id) between 1 and 300),
  kind text not null check (kind in ('hard', 'soft', 'delayed', 'policy', 'complaint', 'auto_reply')),
  delivery_id uuid,
  contact_id uuid references contacts on delete set null,
  recipient text,
  status text,
  diagnostic text not null default '',
  at timestamptz not null default now(),
  unique (account_id, source, source_id)
);
create index bounces_by_account on bounces (account_id, at desc, id desc);
create index bounces_by_workspace on bounces (workspace_id);
create index bounces_by_delivery on bounces (delivery_id) where delivery_id is not null;
create index bounces_by_contact on bounces (contact_id, at desc) where contact_id is not null;
select protect('bounces');

-- So many soft bounces within so many days stop mails to their person; 0: never.
alter table mail_accounts
  add column soft_bounces integer not null default 3 check (soft_bounces between 0 and 100),
  add column soft_bounce_days integer not null default 30 check (soft_bounce_days between 1 and 365),
  -- Part of the address at which providers tell of events.
  add column events_key text not null unique default replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');

alter table suppressions drop constraint suppressions_source_check, add constraint suppressions_source_check
  check (source in ('stop_word', 'manual', 'one_click', 'platform', 'import', 'bounce', 'complaint'));

-- Boxes whose turn it is, in every workspace, for the worker that asks.
create function take_mail_boxes(in_host uuid, at timestamptz, hold interval, most integer) returns table (workspace_id uuid, account_id uuid)
  language sql security definer set search_path = public, pg_temp as $$
  update mail_boxes b set held_by = in_host, held_until = at + hold where b.account_id in (
    select k.account_id from mail_boxes k where k.due_at <= at and (k.held_until is null or k.held_until <= at)
     order by k.due_at limit most for update skip locked)
  returning b.workspace_id, b.account_id
$$;
-- Whose account a provider speaks to, by the key in the address.
create function mail_provider_at(in_key text, in_provider text) returns table (workspace_id uuid, account_id uuid, sealed_secret bytea)
  language sql stable security definer set search_path = public, pg_temp as $$
  select p.workspace_id, p.account_id, p.sealed_secret from mail_accounts m join mail_providers p on p.account_id = m.account_id
   where m.events_key = in_key and p.provider = in_provider
$$;
revoke execute on function take_mail_boxes(uuid, timestamptz, interval, integer), mail_provider_at(text, text) from public;
grant execute on function take_mail_boxes(uuid, timestamptz, interval, integer), mail_provider_at(text, text) to patchbay_app;
