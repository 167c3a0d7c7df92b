-- An import is a job that any worker may take, and workers share only this database: the file waits here until it is done.
create table import_files (
  import_id uuid primary key references imports on delete cascade,
  workspace_id uuid not null references workspaces on delete cascade,
  content bytea not null check (length(content) between 1 and 20971520)
);
select protect('import_files');
alter table imports add column default_country text not null default 'DE' check (default_country ~ '^[A-Z]{2}$');

-- A person may have several numbers. What somebody typed goes before what we derived (Brazil's number without its ninth digit), the newest
-- first; random ids cannot tell.
alter table aliases add column position bigint generated always as identity;
