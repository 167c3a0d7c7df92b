-- The profiles that one host holds, across workspaces, for its rounds of reading.
create function held_profiles(host uuid, at timestamptz)
  returns table (workspace_id uuid, account_id uuid, channel text, opens_unread boolean) language sql stable security definer set search_path = public, pg_temp as $$
  select p.workspace_id, p.account_id, a.channel, coalesce(w.settings ->> 'reading' = 'unread', false)
    from leases l join profiles p on p.account_id = l.account_id join accounts a on a.id = p.account_id join workspaces w on w.id = p.workspace_id
   where l.host_id = host and l.until > at
$$;
revoke execute on function held_profiles(uuid, timestamptz) from public;
grant execute on function held_profiles(uuid, timestamptz) to patchbay_app;
