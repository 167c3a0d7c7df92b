-- When a worker that uses a data directory was last alive: a session that could not be kept lies in one, and is waited for.
create table data_dirs (
  id uuid primary key,
  seen_at timestamptz not null default now()
);
grant select, insert, update, delete on data_dirs to patchbay_app;
