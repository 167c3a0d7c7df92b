-- A campaign may be set to send once more what nobody knows the end of. Such a delivery stays uncertain until `again_at`, so that proof can still
-- come; what is committed after that is its second try, and there is no third.
alter table deliveries add column again_at timestamptz;

-- Whatever becomes of the second try, the first may have arrived: nothing but proof, or a person, says that it did not.
create function stay_uncertain() returns trigger language plpgsql as $$
begin
  new.state := 'uncertain';
  return new;
end $$;
create trigger stays_uncertain before update of state on deliveries for each row
  when (new.again_at is not null and new.state in ('failed', 'skipped', 'cancelled') and old.state in ('planned', 'claimed', 'committing'))
  execute function stay_uncertain();

-- As before, and says when to send again.
create or replace function settle_deliveries(in_workspace uuid, in_account uuid, in_outcomes jsonb, in_at timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_bitmapscan TO 'off'
AS $$
#variable_conflict use_column
declare
  ids uuid[] := array(select (one ->> 'id')::uuid from jsonb_array_elements(in_outcomes) one);
  again uuid[] := array(select (one ->> 'id')::uuid from jsonb_array_elements(in_outcomes) one where one ->> 'state' = 'planned');
begin
  if cardinality(again) > 0 then
    perform give_back_uses(array(
      select d.id from deliveries d where d.id = any(again) and d.account_id = in_account and d.state in ('committing', 'uncertain')));
  end if;
  with given as (
    select o.*, d.contact_id, d.name
      from jsonb_to_recordset(in_outcomes) as o (id uuid, state text, reason text, error text, until timestamptz, waits text,
           platform_id text, sent_at timestamptz, peer text, body text, tried boolean, again_at timestamptz) join deliveries d on d.id = o.id
     where d.id = any(ids) and d.account_id = in_account and d.state in ('claimed', 'committing', 'uncertain')
  ), talks as (
    insert into conversations (workspace_id, account_id, contact_id, peer, title, last_message_at)
    select in_workspace, in_account, contact_id, min(peer), min(name), max(sent_at)
      from given where state = 'sent' and contact_id is not null group by contact_id
    on conflict (account_id, contact_id) do update set last_message_at = greatest(conversations.last_message_at, excluded.last_message_at),
      peer = excluded.peer, archived_at = null, updated_at = now()
    returning id, contact_id
  ), settled as (
    update deliveries d set state = o.state,
           reason = case when o.state in ('failed', 'skipped', 'uncertain') then o.reason end,
           error = o.error,
           wait_reason = case when o.waits is not null then o.waits when o.state = 'planned' then o.reason end, wait_until = o.until,
           due_at = case when o.state = 'planned' and o.until is not null then o.until else d.due_at end,
           attempt = d.attempt + case when o.tried and d.state = 'claimed' then 1 else 0 end,
           committing_at = case when o.state = 'planned' then null else d.committing_at end,
           claimed_at = case when o.state = 'planned' then null else d.claimed_at end,
           anchor = case when o.state = 'planned' then null else d.anchor end,
           use_keys = case when o.state = 'planned' then null else d.use_keys end,
           platform_id = coalesce(o.platform_id, d.platform_id), sent_at = coalesce(o.sent_at, d.sent_at),
           conversation_id = coalesce(t.id, d.conversation_id),
           again_at = case when o.state = 'uncertain' and o.again_at is not null and d.again_at is null
                                and exists (select from campaigns k where k.id = d.campaign_id and (k.settings ->> 'sendUncertainAgain')::boolean)
                           then o.again_at
                           -- Planned before its time: it is proven that the first did not get through.
                           when o.state = 'planned' and d.again_at > d.committing_at then null else d.again_at end,
           ended_at = case when o.state in ('sent', 'failed', 'skipped', 'uncertain') then in_at end, updated_at = now()
      from given o left join talks t on t.contact_id = o.contact_id and o.state = 'sent'
     where d.id = o.id and d.id = any(ids) and d.state in ('claimed', 'committing', 'uncertain')
    returning d.id, d.campaign_id, d.account_id, d.conversation_id, d.contact_id, d.state, d.media_id, d.reply_to, o.platform_id, o.body, o.sent_at
  ), added as (
    -- What was sent stands in the conversation from now on; reading it on the platform later finds it by its id.
    insert into messages (workspace_id, account_id, conversation_id, delivery_id, platform_id, direction, kind, body, status, at, media_id, reply_to)
    select in_workspace, in_account, conversation_id, id, platform_id, 'out',
           case when media_id is null then 'text' else (select k.kind from media k where k.id = media_id) end, body, 'sent', sent_at, media_id, reply_to
      from settled where state = 'sent' and contact_id is not null
    on conflict (account_id, platform_id) do update set delivery_id = excluded.delivery_id, media_id = excluded.media_id, reply_to = excluded.reply_to
    returning id, conversation_id
  )
  insert into events (workspace_id, kind, subject)
  select in_workspace, subject ->> 'kind', subject from (
    select jsonb_build_object('kind', 'delivery_changed', 'deliveryId', id, 'campaignId', campaign_id, 'accountId', account_id,
                              'conversationId', conversation_id) as subject from settled
    union all
    select jsonb_build_object('kind', 'message_added', 'messageId', id, 'conversationId', conversation_id, 'accountId', in_account) from added) told;
end $$;

-- As before, and a campaign that sends again is not over; nor is its lane.
create or replace function campaigns_to_close(since timestamp with time zone)
 RETURNS TABLE(kind text, workspace_id uuid, campaign_id uuid)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $$
  select 'ended', k.workspace_id, k.id from campaigns k
   where k.state = 'running'
     and not exists (select from deliveries d where d.campaign_id = k.id and (d.state in ('planned', 'claimed', 'committing')
                                                                               or d.state = 'uncertain' and d.again_at > d.committing_at))
  union all
  select 'cancelled', k.workspace_id, k.id from campaigns k
   where k.state = 'cancelled' and k.finished_at > since and exists (select from deliveries d where d.campaign_id = k.id and d.state = 'planned')
$$;
create or replace function silent_lanes(at timestamp with time zone)
 RETURNS TABLE(workspace_id uuid, account_id uuid)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $$
  select a.workspace_id, a.id from accounts a
   where a.paused_at is null
     and (a.bell_at < at - interval '10 seconds'
          or a.bell_at is null and not exists (select from deliveries u where u.account_id = a.id and u.state in ('claimed', 'committing')
                                                  and u.updated_at > at - interval '30 seconds'))
     and exists (select from deliveries d left join campaigns k on k.id = d.campaign_id
                  where d.account_id = a.id
                    and (d.state = 'planned' and d.due_at <= at and (k.id is null or k.state = 'running') or d.state in ('claimed', 'committing')
                         or d.state = 'uncertain' and d.again_at > d.committing_at and d.again_at <= at and k.state = 'running'))
$$;
