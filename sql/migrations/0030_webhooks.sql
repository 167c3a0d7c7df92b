-- The vault: every signed body that a platform has sent, as it came. The stored row is the job: whoever answered 200 has written it before.
create table webhook_deliveries (
  id uuid primary key default gen_random_uuid(),
  -- Whose accounts it speaks of, known once it was processed; null before, and where it is nobody's or several workspaces'.
  workspace_id uuid references workspaces on delete cascade,
  platform text not null check (platform in ('whatsapp', 'messenger', 'instagram')),
  body bytea not null check (length(body) <= 4194304),
  digest bytea not null,
  -- The secret that had signed it, by its name.
  signed_by text not null,
  headers jsonb not null default '{}',
  received_at timestamptz not null default now(),
  state text not null default 'pending' check (state in ('pending', 'processed', 'unassigned', 'failed')),
  -- What was understood, as it was told to the rest of the program.
  events jsonb not null default '[]',
  kinds text[] not null default '{}',
  unknown integer not null default 0,
  error text,
  attempts integer not null default 0,
  due_at timestamptz not null default now(),
  processed_at timestamptz
);
create index webhook_deliveries_due on webhook_deliveries (due_at) where state = 'pending';
create index webhook_deliveries_in_order on webhook_deliveries (received_at desc, id desc);
create index webhook_deliveries_by_workspace on webhook_deliveries (workspace_id, received_at desc, id desc);
-- What belongs to no workspace is for the admins of the installation: those of the workspace that was there first.
alter table webhook_deliveries enable row level security;
create policy workspace_only on webhook_deliveries to patchbay_app using (
  workspace_id = (select nullif(current_setting('app.workspace', true), '')::uuid)
  or workspace_id is null and (select nullif(current_setting('app.workspace', true), '')::uuid) = (select first_workspace()));
grant select, update on webhook_deliveries to patchbay_app;

-- Unsigned and forged bodies are counted by day and never processed; of each reason the last one's beginning is kept to look at.
create table webhook_refusals (
  platform text not null check (platform in ('whatsapp', 'messenger', 'instagram')),
  reason text not null,
  day date not null,
  count bigint not null default 1,
  last_at timestamptz not null default now(),
  sample bytea not null,
  primary key (platform, reason, day)
);
alter table webhook_refusals enable row level security;
create policy workspace_only on webhook_refusals to patchbay_app
  using ((select nullif(current_setting('app.workspace', true), '')::uuid) = (select first_workspace()));
grant select on webhook_refusals to patchbay_app;

-- An account at a platform, by the id under which its webhooks name it: a phone number's, a page's, an Instagram account's.
create table platform_accounts (
  account_id uuid primary key references accounts on delete cascade,
  workspace_id uuid not null references workspaces on delete cascade,
  platform text not null check (platform in ('whatsapp', 'messenger', 'instagram')),
  external_id text not null check (length(external_id) between 1 and 200),
  -- The business account above it, which templates and restrictions are told of.
  business_id text,
  unique (platform, external_id)
);
create index platform_accounts_by_business on platform_accounts (platform, business_id);
select protect('platform_accounts');

-- What was said about a message by its id, also before the message itself came: how far it is, its reactions, its newest text. The message and
-- its marks end in the same state in whatever order they come, and however often.
create table message_marks (
  account_id uuid not null references accounts on delete cascade,
  platform_id text not null,
  kind text not null check (kind in ('status', 'failure', 'reaction', 'edit', 'unsend', 'up_to', 'callback', 'preference')),
  -- Whose reaction, whose reading; empty where there is only one.
  sender text not null default '',
  workspace_id uuid not null references workspaces on delete cascade,
  value text not null,
  at timestamptz not null,
  applied boolean not null default false,
  primary key (account_id, platform_id, kind, sender)
);
create index message_marks_waiting on message_marks (account_id) where not applied;
select protect('message_marks');

alter table messages
  add column edited_at timestamptz,
  add column unsent_at timestamptz,
  add column reactions jsonb not null default '[]';

-- A person who hides the number is known by an id that only one business, page or account has for them.
alter table aliases drop constraint aliases_kind_check, add constraint aliases_kind_check check (kind in ('phone', 'email', 'jid', 'handle', 'scoped_id'));
alter table accounts drop constraint accounts_addressed_by_check,
  add constraint accounts_addressed_by_check check (addressed_by in ('phone', 'email', 'jid', 'handle', 'scoped_id'));
alter table deliveries drop constraint deliveries_address_kind_check,
  add constraint deliveries_address_kind_check check (address_kind in ('phone', 'email', 'jid', 'handle', 'scoped_id'));

create function keep_webhook(in_platform text, in_body bytea, in_digest bytea, in_signed_by text, in_headers jsonb) returns uuid
  language sql security definer set search_path = public, pg_temp as $$
  insert into webhook_deliveries (platform, body, digest, signed_by, headers) values (in_platform, in_body, in_digest, in_signed_by, in_headers)
  returning id
$$;
create function refuse_webhook(in_platform text, in_reason text, in_sample bytea) returns void
  language sql security definer set search_path = public, pg_temp as $$
  insert into webhook_refusals as r (platform, reason, day, sample) values (in_platform, in_reason, current_date, substring(in_sample for 2000))
  on conflict (platform, reason, day) do update set count = r.count + 1, last_at = now(), sample = excluded.sample
$$;
create function due_webhooks(at timestamptz, most integer) returns table (id uuid) language sql stable security definer set search_path = public, pg_temp as $$
  select w.id from webhook_deliveries w where w.state = 'pending' and w.due_at <= at order by w.due_at limit most
$$;
-- Holds one for this transaction; nothing when another worker has it, or it is done.
create function hold_webhook(in_id uuid) returns table (platform text, body bytea, received_at timestamptz, attempts integer)
  language sql security definer set search_path = public, pg_temp as $$
  select w.platform, w.body, w.received_at, w.attempts from webhook_deliveries w where w.id = in_id and w.state = 'pending' for update skip locked
$$;
create function settle_webhook(in_id uuid, in_workspace uuid, in_state text, in_events jsonb, in_error text, in_at timestamptz) returns void
  language sql security definer set search_path = public, pg_temp as $$
  update webhook_deliveries set workspace_id = in_workspace, state = in_state, events = in_events, error = in_error, processed_at = in_at,
         kinds = array(select distinct one ->> 'kind' from jsonb_array_elements(in_events) one order by 1),
         unknown = (select count(*) from jsonb_array_elements(in_events) one where one ->> 'kind' = 'unknown')
   where id = in_id
$$;
-- A try that failed: another one later, until there have been `most`.
create function postpone_webhook(in_id uuid, in_error text, in_at timestamptz, most integer) returns void
  language sql security definer set search_path = public, pg_temp as $$
  update webhook_deliveries set attempts = attempts + 1, error = in_error, state = case when attempts + 1 >= most then 'failed' else 'pending' end,
         due_at = in_at + make_interval(secs => least(300, power(4, attempts)::integer))
   where id = in_id and state = 'pending'
$$;
create function platform_accounts_of(in_platform text, ids text[]) returns table (named text, workspace_id uuid, account_id uuid, is_business boolean)
  language sql stable security definer set search_path = public, pg_temp as $$
  select p.external_id, p.workspace_id, p.account_id, false from platform_accounts p where p.platform = in_platform and p.external_id = any(ids)
  union all
  select p.business_id, p.workspace_id, p.account_id, true from platform_accounts p where p.platform = in_platform and p.business_id = any(ids)
$$;
-- Accounts with marks whose message has come since.
create function waiting_marks() returns table (workspace_id uuid, account_id uuid) language sql stable security definer set search_path = public, pg_temp as $$
  select distinct k.workspace_id, k.account_id from message_marks k
   where not k.applied
     and (k.kind = 'callback' or exists (select from messages m where m.account_id = k.account_id and m.platform_id = k.platform_id))
$$;
create function forget_webhooks(before timestamptz) returns bigint language sql security definer set search_path = public, pg_temp as $$
  with gone as (delete from webhook_deliveries where received_at < before returning 1), refused as (delete from webhook_refusals where day < before::date)
  select count(*) from gone
$$;
revoke execute on function keep_webhook(text, bytea, bytea, text, jsonb), refuse_webhook(text, text, bytea), due_webhooks(timestamptz, integer),
  hold_webhook(uuid), settle_webhook(uuid, uuid, text, jsonb, text, timestamptz), postpone_webhook(uuid, text, timestamptz, integer),
  platform_accounts_of(text, text[]), waiting_marks(), forget_webhooks(timestamptz) from public;
grant execute on function keep_webhook(text, bytea, bytea, text, jsonb), refuse_webhook(text, text, bytea), due_webhooks(timestamptz, integer),
  hold_webhook(uuid), settle_webhook(uuid, uuid, text, jsonb, text, timestamptz), postpone_webhook(uuid, text, timestamptz, integer),
  platform_accounts_of(text, text[]), waiting_marks(), forget_webhooks(timestamptz) to patchbay_app;
