-- A profile counted as unheld as soon as its host was silent, long before its lease could be taken, so another host came too early. Now by what a lease
-- is taken by, see `acquireLease`: it has run out, or its host is gone from the table.
create or replace function unheld_profiles(at timestamptz)
  returns table (workspace_id uuid, account_id uuid) language sql stable security definer set search_path = public, pg_temp as $$
  select p.workspace_id, p.account_id from profiles p
   where p.wanted = 'running' and p.hibernated_at is null
     and not exists (select from leases l join hosts h on h.id = l.host_id where l.account_id = p.account_id and l.until > at)
$$;
