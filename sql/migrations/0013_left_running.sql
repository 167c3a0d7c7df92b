-- What a crash or a lost job can leave under way for ever, across workspaces, for the sweep of the workers.
drop function unfinished_jobs();
create function unfinished_jobs()
  returns table (kind text, workspace_id uuid, id uuid) language sql stable security definer set search_path = public, pg_temp as $$
  select 'plan', workspace_id, id from campaigns where state = 'planning'
  union all
  select 'import', workspace_id, id from imports where state = 'running'
$$;
create index imports_running on imports (id) where state = 'running';

-- Running campaigns in which nothing is left to send or to prove: who settled the last delivery died before saying so. And campaigns that
-- were cancelled after `since` in which something is planned: it was under way then, and came back.
create function campaigns_to_close(since timestamptz)
  returns table (kind text, workspace_id uuid, campaign_id uuid) language sql stable security definer set search_path = public, pg_temp as $$
  select 'ended', k.workspace_id, k.id from campaigns k
   where k.state = 'running'
     and not exists (select from deliveries d where d.campaign_id = k.id and d.state in ('planned', 'claimed', 'committing'))
  union all
  select 'cancelled', k.workspace_id, k.id from campaigns k
   where k.state = 'cancelled' and k.finished_at > since and exists (select from deliveries d where d.campaign_id = k.id and d.state = 'planned')
$$;

-- The file of an import that failed for no fault of its own is kept, so that it can be tried again; not for ever.
create function forget_import_files(before timestamptz) returns bigint language sql security definer set search_path = public, pg_temp as $$
  with gone as (
    delete from import_files f using imports i where i.id = f.import_id and i.state <> 'running' and i.ended_at < before returning 1)
  select count(*) from gone
$$;
revoke execute on function unfinished_jobs(), campaigns_to_close(timestamptz), forget_import_files(timestamptz) from public;
grant execute on function unfinished_jobs(), campaigns_to_close(timestamptz), forget_import_files(timestamptz) to patchbay_app;

-- Merge fields are folded in core/template-syntax.ts, when they are stored; nothing in SQL does it any more.
drop function fold_name(text);
