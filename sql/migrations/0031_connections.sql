-- A connection: what an account at Meta works with (its token, the node, host and version of Graph) and how far it was synced. The account
-- and its conversations stay when it is disconnected; only an account that is connected takes webhooks in.
alter table platform_accounts
  -- How its token was got; `token`: a person gave it.
  add column login text not null default 'token' check (login in ('facebook', 'instagram', 'token')),
  -- The node that it sends from: a phone number's, a page's, an Instagram account's.
  add column node_id text,
  add column username text,
  add column sealed_token bytea,
  add column token_at timestamptz,
  -- Null: time does not end it.
  add column token_ends_at timestamptz,
  -- Until then the platform lets the app see data of the person who signed in.
  add column data_ends_at timestamptz,
  -- The app that the token belongs to; null: not one of ours, so nothing proves that we have its secret.
  add column app_id text,
  add column graph_url text,
  add column graph_version text check (graph_version ~ '^v[0-9]{1,3}\.[0-9]$'),
  -- What the platform says about a number: display, name, quality, limits.
  add column facts jsonb not null default '{}',
  add column connected_at timestamptz not null default now(),
  add column disconnected_at timestamptz,
  add column subscribed_at timestamptz,
  -- The platform does not take the token any more: a person has to connect the account again.
  add column broken_at timestamptz,
  add column broken_why text,
  add column checked_at timestamptz,
  add column check_due_at timestamptz not null default now(),
  add column sync_started_at timestamptz,
  add column sync_due_at timestamptz not null default now(),
  add column sync_error text,
  add column synced_at timestamptz,
  drop constraint platform_accounts_platform_external_id_key,
  add unique (workspace_id, platform, external_id);
update platform_accounts set node_id = external_id;
alter table platform_accounts alter column node_id set not null;
create unique index platform_accounts_connected on platform_accounts (platform, external_id) where disconnected_at is null;
create index platform_accounts_due on platform_accounts (least(sync_due_at, check_due_at)) where disconnected_at is null and sealed_token is not null;

-- A log-in at the platform that a person has begun. Its state opens once, in the browser that began it; then it holds, sealed and for a short
-- time, the accounts that the person may choose from.
create table platform_connects (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  person_id uuid not null references people on delete cascade,
  session_id uuid not null references sessions on delete cascade,
  platform text not null check (platform in ('messenger', 'instagram')),
  login text not null check (login in ('facebook', 'instagram')),
  state_hash bytea not null unique,
  browser_hash bytea not null,
  redirect_uri text not null,
  graph_url text not null,
  graph_version text not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  sealed_choices bytea
);
create index platform_connects_by_workspace on platform_connects (workspace_id);
select protect('platform_connects');

-- The one time that a state opens; nothing when it is unknown, was used before, has expired, or came back in another browser.
create function use_platform_state(in_state bytea, in_browser bytea, in_at timestamptz)
  returns table (id uuid, workspace_id uuid, person_id uuid, session_id uuid, platform text, login text, redirect_uri text, graph_url text, graph_version text)
  language sql security definer set search_path = public, pg_temp as $$
  update platform_connects c set used_at = in_at
   where c.state_hash = in_state and c.browser_hash = in_browser and c.used_at is null and c.expires_at > in_at
  returning c.id, c.workspace_id, c.person_id, c.session_id, c.platform, c.login, c.redirect_uri, c.graph_url, c.graph_version
$$;
create function forget_platform_connects(at timestamptz) returns bigint language sql security definer set search_path = public, pg_temp as $$
  with gone as (delete from platform_connects c where c.expires_at < at returning 1) select count(*) from gone
$$;

create or replace function platform_accounts_of(in_platform text, ids text[]) returns table (named text, workspace_id uuid, account_id uuid, is_business boolean)
  language sql stable security definer set search_path = public, pg_temp as $$
  select p.external_id, p.workspace_id, p.account_id, false from platform_accounts p
   where p.platform = in_platform and p.external_id = any(ids) and p.disconnected_at is null
  union all
  select p.business_id, p.workspace_id, p.account_id, true from platform_accounts p
   where p.platform = in_platform and p.business_id = any(ids) and p.disconnected_at is null
$$;
-- Connected accounts whose sync or check is due, taken by whoever asks first: the next one is due later, whatever becomes of this.
create function due_platform_work(at timestamptz, sync_again interval, check_again interval)
  returns table (workspace_id uuid, account_id uuid, wants_sync boolean, wants_check boolean)
  language sql security definer set search_path = public, pg_temp as $$
  with due as (
    select p.account_id, p.sync_due_at <= at as wants_sync, p.check_due_at <= at as wants_check from platform_accounts p
     where p.disconnected_at is null and p.sealed_token is not null and p.broken_at is null and least(p.sync_due_at, p.check_due_at) <= at
     order by least(p.sync_due_at, p.check_due_at) limit 100 for update skip locked
  )
  update platform_accounts p set sync_due_at = case when d.wants_sync then at + sync_again else p.sync_due_at end,
         check_due_at = case when d.wants_check then at + check_again else p.check_due_at end
    from due d where p.account_id = d.account_id
  returning p.workspace_id, p.account_id, d.wants_sync, d.wants_check
$$;
-- Bodies that named this account before it was connected; answers how many are processed once more.
create function replay_unassigned(in_platform text, named text[]) returns bigint language sql security definer set search_path = public, pg_temp as $$
  with again as (
    update webhook_deliveries w set state = 'pending', due_at = now(), attempts = 0, error = null
     where w.state = 'unassigned' and w.platform = in_platform
       and exists (select from unnest(named) one where position(convert_to('"' || one || '"', 'UTF8') in w.body) > 0)
    returning 1
  ) select count(*) from again
$$;
revoke execute on function use_platform_state(bytea, bytea, timestamptz), forget_platform_connects(timestamptz),
  due_platform_work(timestamptz, interval, interval), replay_unassigned(text, text[]) from public;
grant execute on function use_platform_state(bytea, bytea, timestamptz), forget_platform_connects(timestamptz),
  due_platform_work(timestamptz, interval, interval), replay_unassigned(text, text[]) to patchbay_app;
