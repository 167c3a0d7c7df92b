-- Files that go out with messages, the message that one answers, and who wrote in a group. A file lies here sealed in chunks, or in another
-- store behind the same seam; its row says whose it is and what it is.
create table media (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  name text not null check (length(name) between 1 and 200),
  kind text not null check (kind in ('image', 'video', 'document')),
  mime_type text not null,
  bytes bigint not null check (bytes > 0),
  -- Null while it is being stored: nobody sends such a one.
  stored_at timestamptz,
  created_by uuid references people on delete set null,
  created_at timestamptz not null default now()
);
create index media_by_workspace on media (workspace_id);
create index media_by_age on media (created_at);
select protect('media');

create table media_chunks (
  media_id uuid not null references media on delete cascade,
  position integer not null,
  workspace_id uuid not null references workspaces on delete cascade,
  -- 1 MB and what sealing adds.
  sealed bytea not null check (length(sealed) between 1 and 1050000),
  primary key (media_id, position)
);
-- Sealed bytes do not become smaller.
alter table media_chunks alter column sealed set storage external;
create index media_chunks_by_workspace on media_chunks (workspace_id);
select protect('media_chunks');

-- A campaign sends the same file to everyone.
alter table campaigns add column media_id uuid references media;
create index campaigns_by_media on campaigns (media_id) where media_id is not null;
alter table messages
  add column media_id uuid references media,
  add column reply_to uuid references messages on delete set null,
  add column author text;
create index messages_by_media on messages (media_id) where media_id is not null;
create index messages_by_quoted on messages (reply_to) where reply_to is not null;
alter table deliveries
  add column media_id uuid references media,
  add column reply_to uuid references messages on delete set null;
create index deliveries_by_media on deliveries (media_id) where media_id is not null;
create index deliveries_by_quoted on deliveries (reply_to) where reply_to is not null;
-- Several people write there: an address of the form "group:name", or the negative id that a messenger gives its groups and channels.
alter table conversations add column is_group boolean not null generated always as (peer ~ '^(group:|-[0-9])') stored;

-- Files older than that which nothing uses: uploads that were never sent, and those whose messages are gone.
create function forget_unused_media(before timestamptz, most integer)
  returns table (workspace_id uuid, media_id uuid) language sql security definer set search_path = public, pg_temp as $$
  delete from media m where m.id in (
    select k.id from media k
     where k.created_at < before and not exists (select from deliveries d where d.media_id = k.id)
       and not exists (select from messages s where s.media_id = k.id) and not exists (select from campaigns c where c.media_id = k.id)
     order by k.created_at limit most for update skip locked)
  returning m.workspace_id, m.id
$$;
revoke execute on function forget_unused_media(timestamptz, integer) from public;
grant execute on function forget_unused_media(timestamptz, integer) to patchbay_app;

-- As before, and a sent message keeps its file, its kind and what it answers.
create or replace function settle_deliveries(in_workspace uuid, in_account uuid, in_outcomes jsonb, in_at timestamptz) returns void language plpgsql
  set plan_cache_mode = force_generic_plan set enable_bitmapscan = off as $$
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
           use_keys = case when o.state = 'planned' then null else d.use_keys end,
           platform_id = coalesce(o.platform_id, d.platform_id), sent_at = coalesce(o.sent_at, d.sent_at),
           conversation_id = coalesce(t.id, d.conversation_id),
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
