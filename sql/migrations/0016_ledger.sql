-- What a slice of a lane writes, in one call: each step of a transaction that is sent on its own waits for its turn in a busy worker
-- (measured: of 25 ms that a write for ten mails took, 17 ms were the way there and back of six statements).

-- Outcomes of one account, messages, conversations and events included. States only move forward.
-- Each statement names its rows twice, in the set it joins and as an array: of a set Postgres expects a hundred rows whatever it holds, of an
-- array as many as there are, so it looks them up instead of reading the table.
create function settle_deliveries(in_workspace uuid, in_account uuid, in_outcomes jsonb, in_at timestamptz) returns void language plpgsql as $$
#variable_conflict use_column
declare
  ids uuid[] := array(select (one ->> 'id')::uuid from jsonb_array_elements(in_outcomes) one);
begin
  with given as (
    select o.*, d.contact_id, d.name
      from jsonb_to_recordset(in_outcomes) as o (id uuid, state text, reason text, error text, until timestamptz, waits text,
           platform_id text, sent_at timestamptz, peer text, body text) join deliveries d on d.id = o.id
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
           committing_at = case when o.state = 'planned' then null else d.committing_at end,
           claimed_at = case when o.state = 'planned' then null else d.claimed_at end,
           anchor = case when o.state = 'planned' then null else d.anchor end,
           platform_id = coalesce(o.platform_id, d.platform_id), sent_at = coalesce(o.sent_at, d.sent_at),
           conversation_id = coalesce(t.id, d.conversation_id),
           ended_at = case when o.state in ('sent', 'failed', 'skipped', 'uncertain') then in_at end, updated_at = now()
      from given o left join talks t on t.contact_id = o.contact_id and o.state = 'sent'
     where d.id = o.id and d.id = any(ids) and d.state in ('claimed', 'committing', 'uncertain')
    returning d.id, d.campaign_id, d.account_id, d.conversation_id, d.contact_id, d.state, o.platform_id, o.body, o.sent_at
  ), added as (
    -- What was sent stands in the conversation from now on; reading it on the platform later finds it by its id.
    insert into messages (workspace_id, account_id, conversation_id, delivery_id, platform_id, direction, kind, body, status, at)
    select in_workspace, in_account, conversation_id, id, platform_id, 'out', 'text', body, 'sent', sent_at
      from settled where state = 'sent' and contact_id is not null
    on conflict (account_id, platform_id) do update set delivery_id = excluded.delivery_id
    returning id, conversation_id
  )
  insert into events (workspace_id, kind, subject)
  select in_workspace, subject ->> 'kind', subject from (
    select jsonb_build_object('kind', 'delivery_changed', 'deliveryId', id, 'campaignId', campaign_id, 'accountId', account_id,
                              'conversationId', conversation_id) as subject from settled
    union all
    select jsonb_build_object('kind', 'message_added', 'messageId', id, 'conversationId', conversation_id, 'accountId', in_account) from added) told;
end $$;

-- Writes `committing` for deliveries that are still ours to send: claimed under this fence, the lease held for `in_margin` seconds longer, the
-- campaign running, the account not paused, the person not suppressed. What is not in the answer must not be sent.
create function commit_deliveries(in_account uuid, in_host uuid, in_fence bigint, in_margin integer, in_commits jsonb, in_at timestamptz)
  returns setof uuid language plpgsql as $$
#variable_conflict use_column
begin
  return query
  update deliveries d set state = 'committing', anchor = c.anchor, is_new_contact = c.is_new_contact, committing_at = in_at, attempt = d.attempt + 1,
         updated_at = now()
    from jsonb_to_recordset(in_commits) as c (id uuid, anchor jsonb, is_new_contact boolean)
   where d.id = c.id and d.id = any(array(select (one ->> 'id')::uuid from jsonb_array_elements(in_commits) one)) and d.state = 'claimed' and d.fence = in_fence
     and exists (select from leases l where l.account_id = in_account and l.host_id = in_host and l.fence = in_fence
                   and l.until > now() + make_interval(secs => in_margin))
     and not exists (select from suppressions s where s.contact_id = d.contact_id and s.lifted_at is null)
     and not exists (select from campaigns k where k.id = d.campaign_id and k.state <> 'running')
     and not exists (select from accounts a where a.id = d.account_id and a.paused_at is not null)
  returning d.id;
end $$;

-- Both for one workspace, as a transaction of its own. Outcomes first: whoever has ended makes room for whoever begins.
create function write_ledger(in_workspace uuid, in_account uuid, in_outcomes jsonb, in_host uuid, in_fence bigint, in_margin integer, in_commits jsonb,
                             in_at timestamptz) returns setof uuid language plpgsql as $$
begin
  perform set_config('app.workspace', in_workspace::text, true);
  if jsonb_array_length(in_outcomes) > 0 then
    perform settle_deliveries(in_workspace, in_account, in_outcomes, in_at);
  end if;
  if jsonb_array_length(in_commits) > 0 then
    return query select commit_deliveries(in_account, in_host, in_fence, in_margin, in_commits, in_at);
  end if;
end $$;
