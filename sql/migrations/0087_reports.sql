-- Figures that are mailed again and again, to people who need not have an account here.
create table reports (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  name text not null check (length(name) between 1 and 80),
  -- The mail account that it goes out from. Null: that was removed, so it waits for another one.
  account_id uuid references accounts on delete set null,
  recipients text[] not null check (cardinality(recipients) between 1 and 20),
  again jsonb not null,
  -- So many days up to the day before it goes out.
  days integer not null check (days between 1 and 366),
  -- Null: every account.
  of_account_id uuid references accounts on delete cascade,
  format text not null check (format in ('csv', 'xlsx', 'pdf')),
  locale text not null,
  is_on boolean not null default true,
  -- Null while it is off.
  next_at timestamptz,
  sent_at timestamptz,
  error text,
  updated_at timestamptz not null default now(),
  unique (workspace_id, name)
);
create index reports_due on reports (next_at) where next_at is not null;
create index reports_account on reports (account_id);
create index reports_of_account on reports (of_account_id);
select protect('reports');

create function due_reports(at timestamptz) returns table (workspace_id uuid, report_id uuid)
  language sql stable security definer set search_path = public, pg_temp as $$
  select r.workspace_id, r.id from reports r where r.next_at <= due_reports.at order by r.next_at limit 50
$$;
revoke execute on function due_reports(timestamptz) from public;
grant execute on function due_reports(timestamptz) to patchbay_app;
