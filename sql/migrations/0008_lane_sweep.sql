-- The safety net under the bells: lanes that have due or interrupted work, are not paused, and whose bell is late or missing.
-- It names accounts across workspaces, so it is one of the few functions that start without one.
create function silent_lanes(at timestamptz)
  returns table (workspace_id uuid, account_id uuid) language sql stable security definer set search_path = public, pg_temp as $$
  select a.workspace_id, a.id from accounts a
   where a.paused_at is null
     and (a.bell_at < at - interval '10 seconds'
          or a.bell_at is null and not exists (select from deliveries u where u.account_id = a.id and u.state in ('claimed', 'committing')
                                                  and u.updated_at > at - interval '30 seconds'))
     and exists (select from deliveries d left join campaigns k on k.id = d.campaign_id
                  where d.account_id = a.id
                    and (d.state = 'planned' and d.due_at <= at and (k.id is null or k.state = 'running') or d.state in ('claimed', 'committing')))
$$;

-- Profiles that a person wants running and no living host holds: a worker that starts opens them again.
create function unheld_profiles(at timestamptz)
  returns table (workspace_id uuid, account_id uuid) language sql stable security definer set search_path = public, pg_temp as $$
  select p.workspace_id, p.account_id from profiles p
   where p.wanted = 'running'
     and not exists (select from leases l join hosts h on h.id = l.host_id
                      where l.account_id = p.account_id and l.until > at and h.seen_at > at - interval '15 seconds')
$$;
create function unfinished_jobs()
  returns table (kind text, workspace_id uuid, id uuid) language sql stable security definer set search_path = public, pg_temp as $$
  select 'plan', workspace_id, id from campaigns where state = 'planning'
$$;
revoke execute on function silent_lanes(timestamptz), unheld_profiles(timestamptz), unfinished_jobs() from public;
grant execute on function silent_lanes(timestamptz), unheld_profiles(timestamptz), unfinished_jobs() to patchbay_app;
