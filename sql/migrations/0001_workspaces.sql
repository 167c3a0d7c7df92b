-- The ground of tenancy: every later table belongs to a workspace and is guarded by the policy that protect() puts on it.
create table workspaces (
  id uuid primary key default gen_random_uuid(),
  name text not null check (length(name) between 1 and 120),
  zone text not null default 'UTC',
  default_country text not null default 'DE' check (default_country ~ '^[A-Z]{2}$'),
  settings jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create function current_workspace() returns uuid language sql stable parallel safe
  as $$ select nullif(current_setting('app.workspace', true), '')::uuid $$;

create function protect(guarded regclass) returns void language plpgsql as $$
begin
  execute format('alter table %s enable row level security', guarded);
  execute format(
    'create policy workspace_only on %s to patchbay_app using (workspace_id = (select nullif(current_setting(''app.workspace'', true), '''')::uuid))',
    guarded);
  execute format('grant select, insert, update, delete on %s to patchbay_app', guarded);
end $$;
revoke execute on function protect(regclass) from public;

alter table workspaces enable row level security;
create policy workspace_only on workspaces to patchbay_app
  using (id = (select nullif(current_setting('app.workspace', true), '')::uuid));
grant select, update on workspaces to patchbay_app;
