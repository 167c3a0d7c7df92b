-- What is settled is found by its id. Asked for its state as it stands, Postgres walked the states of every campaign there has been, and all that is under way.
create or replace function settle_deliveries(in_workspace uuid, in_account uuid, in_outcomes jsonb, in_at timestamp with time zone)
 returns void
 language plpgsql
 set plan_cache_mode to 'force_generic_plan'
 set enable_bitmapscan to 'off'
as $$
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
     where d.id = any(ids) and d.account_id = in_account and (d.state in ('claimed', 'committing', 'uncertain')) is true
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
     where d.id = o.id and d.id = any(ids) and (d.state in ('claimed', 'committing', 'uncertain')) is true
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

-- Planned while the table is small, it read all messages for the words of a few.
alter function keep_words(uuid[], text[]) set enable_seqscan to off;

-- The same for what else a lane looks up by id: of a table that has grown by half since, the columns that it is looked up by. Until Postgres knows that all
-- of it is of one workspace, it reads what the workspace has for each delivery (measured: fifty thousand pages for a hundred, with 2,000 contacts and messages).
create function freshen_statistics() returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare one record;
begin
  analyze deliveries (id, workspace_id, campaign_id, account_id, contact_id, conversation_id, state, priority, due_at, position, address_kind, address);
  for one in
    select t.name, t.columns from (values
      ('contacts', 'id, workspace_id'), ('aliases', 'workspace_id, contact_id, kind, value'), ('conversations', 'id, workspace_id, account_id, contact_id, state'),
      ('messages', 'id, workspace_id, account_id, conversation_id, delivery_id, direction, at'), ('uses', 'workspace_id, key_id, number'),
      ('use_keys', 'id, workspace_id, kind')) t (name, columns)
      join pg_stat_user_tables s on s.relid = t.name::regclass
      join pg_class c on c.oid = s.relid
     where s.n_mod_since_analyze > 500 + greatest(c.reltuples, 0) / 2
  loop
    execute format('analyze %I (%s)', one.name, one.columns);
  end loop;
end $$;
revoke execute on function freshen_statistics() from public;
grant execute on function freshen_statistics() to patchbay_app;
drop function analyze_deliveries();
