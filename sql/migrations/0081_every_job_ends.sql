-- An erasure or a change of many conversations whose job has used up its retries was under way for ever.
create or replace function unfinished_jobs() returns table (kind text, workspace_id uuid, id uuid) language sql stable security definer set search_path = public, pg_temp as $$
  select 'plan', workspace_id, id from campaigns where state = 'planning'
  union all
  select 'import', workspace_id, id from imports where state = 'running'
  union all
  select 'erase', workspace_id, id from erasures where state = 'running'
  union all
  select 'batch', workspace_id, id from batches where finished_at is null
$$;
create index batches_under_way on batches (id) where finished_at is null;
