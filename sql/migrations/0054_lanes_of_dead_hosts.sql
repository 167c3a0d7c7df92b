-- A worker that is started again on the data directory of one that was killed has no predecessor any more, yet its lanes were left alone for half a
-- minute, as if somebody were still at work there. As before, and only a lane that a known host holds is at work.
create or replace function silent_lanes(at timestamp with time zone)
 RETURNS TABLE(workspace_id uuid, account_id uuid)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $$
  select a.workspace_id, a.id from accounts a
   where a.paused_at is null
     and (a.bell_at < at - interval '10 seconds'
          or a.bell_at is null and not exists (select from deliveries u join leases l on l.account_id = u.account_id join hosts h on h.id = l.host_id
                                                where u.account_id = a.id and u.state in ('claimed', 'committing')
                                                  and u.updated_at > at - interval '30 seconds'))
     and exists (select from deliveries d left join campaigns k on k.id = d.campaign_id
                  where d.account_id = a.id
                    and (d.state = 'planned' and d.due_at <= at and (k.id is null or k.state = 'running') or d.state in ('claimed', 'committing')
                         or d.state = 'uncertain' and d.again_at > d.committing_at and d.again_at <= at and k.state = 'running'))
$$;
