-- Templates with versions, campaigns that freeze a plan, and deliveries: planned sends with their whole life in one row.
create table templates (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  name text not null check (length(name) between 1 and 120),
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (workspace_id, name)
);
select protect('templates');

create table template_versions (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  template_id uuid references templates on delete set null,
  version integer not null,
  subject text,
  body text not null check (length(body) between 1 and 65536),
  html text,
  variables jsonb not null default '[]',
  created_at timestamptz not null default now(),
  unique (template_id, version)
);
select protect('template_versions');
revoke update on template_versions from patchbay_app;
grant update (template_id) on template_versions to patchbay_app;

create table campaigns (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  name text not null check (length(name) between 1 and 120),
  state text not null default 'draft' check (state in ('draft', 'planning', 'running', 'paused', 'finished', 'cancelled')),
  state_why text,
  template_id uuid references templates on delete restrict,
  template_version_id uuid references template_versions,
  audience jsonb not null default '{}',
  settings jsonb not null default '{}',
  started_at timestamptz,
  finished_at timestamptz,
  created_by uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (workspace_id, name)
);
select protect('campaigns');

create table campaign_senders (
  campaign_id uuid not null references campaigns on delete cascade,
  account_id uuid not null references accounts on delete restrict,
  workspace_id uuid not null references workspaces on delete cascade,
  place integer not null default 0,
  primary key (campaign_id, account_id)
);
create index campaign_senders_by_account on campaign_senders (account_id);
select protect('campaign_senders');

create table conversations (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  account_id uuid not null references accounts on delete cascade,
  contact_id uuid not null references contacts on delete cascade,
  peer text not null,
  title text not null default '',
  unread integer not null default 0,
  -- What the messenger's own badge says; `unread` counts the messages that have been read in.
  badge integer not null default 0,
  looked_at timestamptz,
  archived_at timestamptz,
  last_message_at timestamptz,
  last_incoming_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (account_id, contact_id)
);
create index conversations_by_recency on conversations (workspace_id, last_message_at desc nulls last, id);
create index conversations_by_peer on conversations (account_id, peer);
select protect('conversations');

create table deliveries (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  campaign_id uuid references campaigns on delete cascade,
  conversation_id uuid references conversations on delete set null,
  account_id uuid references accounts on delete restrict,
  contact_id uuid references contacts on delete set null,
  address_kind text check (address_kind in ('phone', 'email', 'jid', 'handle')),
  address text,
  name text not null default '',
  template_version_id uuid references template_versions,
  merge jsonb not null default '{}',
  subject text,
  body text,
  priority smallint not null default 5,
  position integer not null default 0,
  state text not null default 'planned'
    check (state in ('planned', 'claimed', 'committing', 'sent', 'delivered', 'read', 'failed', 'skipped', 'cancelled', 'uncertain')),
  reason text,
  error text,
  due_at timestamptz not null default now(),
  wait_reason text,
  wait_until timestamptz,
  attempt integer not null default 0,
  fence bigint,
  anchor jsonb,
  is_new_contact boolean not null default false,
  claimed_at timestamptz,
  committing_at timestamptz,
  sent_at timestamptz,
  delivered_at timestamptz,
  read_at timestamptz,
  ended_at timestamptz,
  platform_id text,
  client_key text,
  created_by uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check (state = 'skipped' or (account_id is not null and address is not null)),
  check (template_version_id is not null or body is not null or state = 'skipped')
);
create index deliveries_to_do on deliveries (account_id, priority, due_at, position) where state = 'planned';
create index deliveries_under_way on deliveries (account_id) where state in ('claimed', 'committing');
create index deliveries_uses on deliveries (account_id, committing_at) where committing_at is not null;
create index deliveries_per_recipient on deliveries (workspace_id, address_kind, address, committing_at) where committing_at is not null;
create index deliveries_by_campaign on deliveries (campaign_id, position);
create index deliveries_by_campaign_state on deliveries (campaign_id, state);
create index deliveries_by_time on deliveries (workspace_id, updated_at desc);
create index deliveries_by_contact on deliveries (contact_id);
create unique index deliveries_once_per_campaign on deliveries (campaign_id, address_kind, address) where campaign_id is not null and state <> 'skipped';
create unique index deliveries_by_platform_id on deliveries (account_id, platform_id) where platform_id is not null;
create unique index deliveries_by_client_key on deliveries (workspace_id, client_key) where client_key is not null;
select protect('deliveries');

create table messages (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  account_id uuid not null references accounts on delete cascade,
  conversation_id uuid not null references conversations on delete cascade,
  delivery_id uuid references deliveries on delete set null,
  platform_id text not null,
  direction text not null check (direction in ('in', 'out')),
  kind text not null check (kind in ('text', 'image', 'video', 'audio', 'document', 'other')),
  body text not null default '',
  status text check (status in ('pending', 'sent', 'delivered', 'read', 'failed')),
  at timestamptz not null,
  at_is_ours boolean not null default false,
  read_at timestamptz,
  created_at timestamptz not null default now(),
  unique (account_id, platform_id)
);
create index messages_in_order on messages (conversation_id, at, id);
create index messages_by_delivery on messages (delivery_id) where delivery_id is not null;
select protect('messages');
