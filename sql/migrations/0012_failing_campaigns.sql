-- A campaign that fails too often is paused by itself. Only the newest ends are looked at, through an index of their own, so that the look
-- costs the same for ten recipients and for a million.
alter table campaigns
  -- Ends before this moment do not count: a person has looked and let it go on.
  add column failures_from timestamptz,
  -- The numbers behind state_why, where it has any.
  add column state_numbers jsonb;
create index campaigns_running on campaigns (id) where state = 'running';
create index deliveries_ended on deliveries (campaign_id, ended_at desc) where campaign_id is not null and state in ('sent', 'delivered', 'read', 'failed');

-- Of the newest ends at most `most`: how many, and how many of them failed. What is uncertain is on neither side, and what a person has
-- declared failed says nothing about how sending goes now.
create function failure_share(campaign uuid, since timestamptz, most integer)
  returns table (ended integer, failed integer) language sql stable set search_path = public, pg_temp as $$
  select count(*)::int, (count(*) filter (where state = 'failed'))::int from (
    select state from deliveries
     where campaign_id = campaign and state in ('sent', 'delivered', 'read', 'failed') and ended_at > coalesce(since, '-infinity')
       and reason is distinct from 'resolved_by_person'
     order by ended_at desc limit most) newest
$$;

-- Running campaigns, in any workspace, that fail more often than their setting allows and still have something to send.
create function failing_campaigns(least_ended integer, most integer)
  returns table (workspace_id uuid, campaign_id uuid) language sql stable security definer set search_path = public, pg_temp as $$
  select k.workspace_id, k.id from campaigns k cross join lateral failure_share(k.id, k.failures_from, most) s
   where k.state = 'running' and s.ended >= least_ended and s.failed > s.ended * coalesce((k.settings ->> 'errorShareToPause')::numeric, 0.5)
     and exists (select from deliveries d where d.campaign_id = k.id and d.state = 'planned')
$$;
revoke execute on function failure_share(uuid, timestamptz, integer), failing_campaigns(integer, integer) from public;
grant execute on function failure_share(uuid, timestamptz, integer), failing_campaigns(integer, integer) to patchbay_app;
