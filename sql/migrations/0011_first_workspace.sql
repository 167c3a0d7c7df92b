-- The queue serves every workspace, so only the admins of the installation may look into it: those of the workspace that was there first.
create function first_workspace() returns uuid language sql stable security definer set search_path = public, pg_temp as $$
  select id from workspaces order by created_at, id limit 1
$$;
revoke execute on function first_workspace() from public;
grant execute on function first_workspace() to patchbay_app;
