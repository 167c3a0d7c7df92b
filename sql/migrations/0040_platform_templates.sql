-- Templates of a WhatsApp business as the platform has them: how far they are approved decides what may be sent.
create table platform_templates (
  workspace_id uuid not null references workspaces on delete cascade,
  business_id text not null,
  external_id text not null,
  name text not null,
  language text not null,
  category text not null,
  status text not null,
  reason text,
  components jsonb not null default '[]',
  synced_at timestamptz not null default now(),
  primary key (workspace_id, business_id, external_id)
);
create index platform_templates_by_name on platform_templates (workspace_id, business_id, name, language);
select protect('platform_templates');

-- Files that came in with messages: platforms keep them for days and hand them out for minutes, so they are fetched at once. The row is the job.
create table incoming_files (
  account_id uuid not null references accounts on delete cascade,
  platform_id text not null,
  workspace_id uuid not null references workspaces on delete cascade,
  file_id text,
  url text,
  name text,
  sha256 text,
  state text not null default 'waiting' check (state in ('waiting', 'stored', 'refused')),
  why text,
  attempts integer not null default 0,
  due_at timestamptz not null default now(),
  primary key (account_id, platform_id)
);
create index incoming_files_due on incoming_files (due_at) where state = 'waiting';
select protect('incoming_files');
-- In every workspace; whoever takes one has a minute for it before it is anybody's again.
create function take_incoming_files(in_at timestamptz, most integer)
  returns table (workspace_id uuid, account_id uuid, platform_id text, file_id text, url text, name text, sha256 text, attempts integer)
  language sql security definer set search_path = public, pg_temp as $$
  with due as (
    select f.account_id, f.platform_id from incoming_files f where f.state = 'waiting' and f.due_at <= in_at order by f.due_at limit most for update skip locked
  )
  update incoming_files f set due_at = in_at + interval '1 minute', attempts = f.attempts + 1 from due d
   where f.account_id = d.account_id and f.platform_id = d.platform_id
  returning f.workspace_id, f.account_id, f.platform_id, f.file_id, f.url, f.name, f.sha256, f.attempts
$$;
revoke execute on function take_incoming_files(timestamptz, integer) from public;
grant execute on function take_incoming_files(timestamptz, integer) to patchbay_app;
