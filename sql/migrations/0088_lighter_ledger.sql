-- A page of the ledger holds ten mails, and that it was begun cost nearly as much as they did (measured: 4.5 ms for a page of one, 10 ms for one of ten). Its
-- statements are fewer and plainer now, and no row policy is part of their plans: each asks for the workspace that the caller names.

-- What an official platform counts beside the rest. Whom it counts for all numbers of a portfolio: people outside their window, each once in a day.
create function platform_uses(in_workspace uuid, in_account uuid, limited text[], in_contact uuid, in_address text, in_at timestamptz)
  returns table (kind text, key text) language plpgsql stable set plan_cache_mode = force_generic_plan as $$
declare
  pa platform_accounts;
  portfolio text;
begin
  select * into pa from platform_accounts p where p.account_id = in_account;
  if not found then return; end if;
  if 'pair' = any(limited) then return query select 'pair', in_account::text || ' ' || in_address; end if;
  portfolio := coalesce(pa.facts ->> 'portfolio', pa.business_id);
  if pa.platform = 'whatsapp' and 'portfolio' = any(limited) and portfolio is not null
     and not exists (select from conversations v where v.account_id = in_account and v.contact_id = in_contact
                        and v.last_incoming_at > in_at - interval '24 hours')
     and not exists (select from use_keys r join uses u on u.key_id = r.id and u.number > r.last - 100
                      where r.workspace_id = in_workspace and r.kind = 'reach' and r.key = portfolio || ' ' || in_address
                        and u.at > in_at - interval '24 hours') then
    return query values ('portfolio', portfolio), ('reach', portfolio || ' ' || in_address);
  end if;
end $$;
revoke execute on function platform_uses(uuid, uuid, text[], uuid, text, timestamptz) from public;
grant execute on function platform_uses(uuid, uuid, text[], uuid, text, timestamptz) to patchbay_app;

-- As before.
create or replace function commit_deliveries(in_workspace uuid, in_account uuid, in_host uuid, in_fence bigint, in_margin integer, in_commits jsonb,
                                             in_limits jsonb, in_at timestamptz)
  returns table (id uuid, reason text, until timestamptz, holds_lane boolean) language plpgsql
  set plan_cache_mode = force_generic_plan set enable_bitmapscan = off as $$
#variable_conflict use_column
declare
  ids uuid[] := array(select (one ->> 'id')::uuid from jsonb_array_elements(in_commits) one);
  -- A mail account has buckets only where somebody limits them: a third of what a mail costs here.
  limited text[] := array(select one ->> 'kind' from jsonb_array_elements(in_limits) one);
  -- One entry for each use: whose it is, at which place of the commits, what it counts for, and what the counter stood at before all of these.
  deliveries_of uuid[]; places bigint[]; kinds text[]; key_ids bigint[]; bases bigint[]; numbers bigint[]; times timestamptz[]; replies boolean[];
  is_web boolean;
  proxy text;
  passed uuid[];
  leaving uuid[];
  refused uuid[] := '{}';
  over record;
begin
  select true, case when p.goes_out = 'proxy' then p.proxy_id::text end into is_web, proxy from profiles p where p.account_id = in_account;
  with going as materialized (
    select d.id, o.place, d.contact_id, d.address_kind, d.address, d.priority = 0 as is_reply, d.campaign_id is not null and d.priority > 0 as is_planned,
           case when (o.one ->> 'is_new_contact')::boolean then 'cold' else 'warm' end as kind
      from jsonb_array_elements(in_commits) with ordinality o (one, place) join deliveries d on d.id = (o.one ->> 'id')::uuid
     where d.id = any(ids) and d.workspace_id = in_workspace and d.account_id = in_account and d.state = 'claimed' and d.fence = in_fence
  ), wanted as materialized (
    select u.*, row_number() over (partition by u.kind, u.key order by u.place) as rank from (
      select g.id, g.place, g.is_reply, 'account' as kind, in_account::text as key from going g
      union all
      select g.id, g.place, g.is_reply, g.kind, in_account::text from going g where not g.is_reply and (is_web or g.kind = any(limited))
      union all
      select g.id, g.place, g.is_reply, 'recipient', g.address_kind || ' ' || g.address from going g where g.is_planned
      union all
      select g.id, g.place, g.is_reply, 'proxy', proxy from going g where proxy is not null
      union all
      select g.id, g.place, g.is_reply, p.kind, p.key from going g
             cross join lateral platform_uses(in_workspace, in_account, limited, g.contact_id, g.address, in_at) p
       where limited && array['pair', 'portfolio']) u
  ), taken as (
    select t.* from (select array_agg(s.kind) as kinds, array_agg(s.key) as keys, array_agg(s.n) as counts
                       from (select w.kind, w.key, count(*) as n from wanted w group by w.kind, w.key) s having count(*) > 0) g
           cross join lateral take_numbers(in_workspace, g.kinds, g.keys, g.counts, in_at) t
  )
  select array_agg(n.id), array_agg(n.place), array_agg(n.kind), array_agg(n.key_id), array_agg(n.base), array_agg(n.base + n.rank), array_agg(n.last_at),
         array_agg(n.is_reply)
    into deliveries_of, places, kinds, key_ids, bases, numbers, times, replies
    from (select w.*, t.id as key_id, t.last_at, t.last - max(w.rank) over (partition by t.id) as base
            from wanted w join taken t on t.kind = w.kind and t.key = w.key order by w.place) n;
  if deliveries_of is null then return; end if;
  with moved as (
    update deliveries d set state = 'committing', anchor = c.anchor, is_new_contact = c.is_new_contact, committing_at = in_at, attempt = d.attempt + 1,
           use_keys = array(select w.key_id from unnest(deliveries_of, key_ids) w (delivery_id, key_id) where w.delivery_id = d.id), updated_at = now()
      from jsonb_to_recordset(in_commits) as c (id uuid, anchor jsonb, is_new_contact boolean)
     where d.id = c.id and d.id = any(ids) and d.workspace_id = in_workspace and d.account_id = in_account and d.state = 'claimed' and d.fence = in_fence
       -- Asked once for all of them.
       and exists (select from leases l join accounts a on a.id = l.account_id join workspaces w on w.id = a.workspace_id
                    where l.account_id = in_account and l.host_id = in_host and l.fence = in_fence and l.until > now() + make_interval(secs => in_margin)
                      and w.id = in_workspace and a.paused_at is null and w.stopped_at is null)
       and (not (exists (select from suppressions s where s.contact_id = d.contact_id and s.lifted_at is null)
         or exists (select from aliases al join suppressions s on s.contact_id = al.contact_id and s.lifted_at is null
                     where al.workspace_id = d.workspace_id and al.kind = d.address_kind and al.value = d.address)
         or exists (select from channel_refusals r where r.contact_id = d.contact_id and r.channel = (select a.channel from accounts a where a.id = in_account)))
         or d.confirms is not null and confirms_stop(d.confirms, d.contact_id))
       and not exists (select from campaigns k where k.id = d.campaign_id and k.state <> 'running')
    returning d.id
  ) select coalesce(array_agg(m.id), '{}') into passed from moved m;
  if cardinality(passed) < cardinality(ids) then
    leaving := array(select distinct w.id from unnest(deliveries_of) w (id) where w.id <> all(passed));
  end if;
  loop
    if cardinality(leaving) > 0 then
      -- Numbers of those who do not go are free again: who comes behind moves up.
      update use_keys k set last = k.last - f.n
        from (select w.key_id, count(*) as n from unnest(deliveries_of, key_ids) w (id, key_id) where w.id = any(leaving) group by w.key_id) f
       where k.id = f.key_id;
      select array_agg(s.id order by s.nth), array_agg(s.place order by s.nth), array_agg(s.kind order by s.nth), array_agg(s.key_id order by s.nth),
             array_agg(s.base order by s.nth), array_agg(s.base + s.rank order by s.nth), array_agg(s.at order by s.nth), array_agg(s.is_reply order by s.nth)
        into deliveries_of, places, kinds, key_ids, bases, numbers, times, replies
        from (select w.*, row_number() over (partition by w.key_id order by w.nth) as rank
                from unnest(deliveries_of, places, kinds, key_ids, bases, times, replies) with ordinality
                     w (id, place, kind, key_id, base, at, is_reply, nth) where w.id <> all(leaving)) s;
      exit when deliveries_of is null;
    end if;
    -- The first that is over: all before it go, so it really is.
    select w.id, l.reason, l.holds_lane, o.at + make_interval(secs => l.seconds) as until into over
      from unnest(deliveries_of, places, kinds, key_ids, bases, numbers, times, replies) w (id, place, kind, key_id, base, number, at, is_reply)
           join jsonb_to_recordset(in_limits) as l (kind text, most bigint, seconds double precision, reason text, holds_lane boolean) on l.kind = w.kind
           cross join lateral (select case when w.number - l.most > w.base then w.at when w.number > l.most then
                                        (select u.at from uses u where u.key_id = w.key_id and u.number = w.number - l.most) end as at) o
     where (not w.is_reply or w.kind in ('account', 'proxy', 'pair', 'portfolio')) and o.at + make_interval(secs => l.seconds) > w.at
     order by w.place, until desc limit 1;
    exit when not found;
    leaving := array[over.id];
    refused := refused || over.id;
    return query select over.id, over.reason, over.until, over.holds_lane;
  end loop;
  if cardinality(refused) > 0 then
    update deliveries d set state = 'claimed', anchor = null, committing_at = null, attempt = d.attempt - 1, use_keys = null where d.id = any(refused);
  end if;
  return query
  with booked as (
    insert into uses (workspace_id, key_id, number, at, delivery_id)
    select in_workspace, w.key_id, w.number, w.at, w.id from unnest(key_ids, numbers, times, deliveries_of) w (key_id, number, at, id)
  )
  select p.id, null::text, null::timestamptz, null::boolean from unnest(passed) p (id) where p.id <> all(refused);
end $$;

-- As before, and a mail to many does not bring the conversations that it goes to up in the inbox, nor out of the archive: whoever answers does.
create or replace function settle_deliveries(in_workspace uuid, in_account uuid, in_outcomes jsonb, in_at timestamptz)
  returns void language plpgsql
  set plan_cache_mode = force_generic_plan set enable_bitmapscan = off as $$
#variable_conflict use_column
declare
  is_mail boolean := (select a.channel = 'email' from accounts a where a.id = in_account);
  ids uuid[] := array(select (one ->> 'id')::uuid from jsonb_array_elements(in_outcomes) one);
  again uuid[] := array(select (one ->> 'id')::uuid from jsonb_array_elements(in_outcomes) one where one ->> 'state' = 'planned');
begin
  if cardinality(again) > 0 then
    perform give_back_uses(array(
      select d.id from deliveries d where d.id = any(again) and d.workspace_id = in_workspace and d.account_id = in_account
        and d.state in ('committing', 'uncertain')));
  end if;
  with given as (
    select o.*, d.contact_id, d.name, d.campaign_id
      from jsonb_to_recordset(in_outcomes) as o (id uuid, state text, reason text, error text, until timestamptz, waits text,
           platform_id text, sent_at timestamptz, peer text, body text, tried boolean, again_at timestamptz) join deliveries d on d.id = o.id
     where d.id = any(ids) and d.workspace_id = in_workspace and d.account_id = in_account
       and (d.state in ('claimed', 'committing', 'uncertain')) is true
  ), bulk as (
    select g.contact_id, min(g.peer) as peer from given g where g.state = 'sent' group by g.contact_id having bool_and(g.campaign_id is not null)
  ), known as (
    -- Locked, so that it is still there when the message comes to stand in it.
    select v.id, v.contact_id from conversations v
     where is_mail and v.account_id = in_account and v.contact_id = any(array(select b.contact_id from bulk b))
       and exists (select from bulk b where b.contact_id = v.contact_id and b.peer = v.peer) for key share of v
  ), moved as (
    insert into conversations (workspace_id, account_id, contact_id, peer, title, last_message_at)
    select in_workspace, in_account, contact_id, min(peer), min(name), max(sent_at)
      from given where state = 'sent' and contact_id is not null and contact_id not in (select k.contact_id from known k) group by contact_id
    on conflict (account_id, contact_id) do update set last_message_at = greatest(conversations.last_message_at, excluded.last_message_at),
      peer = excluded.peer, archived_at = null, updated_at = now()
    returning id, contact_id
  ), talks as (
    select id, contact_id from known union all select id, contact_id from moved
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

alter function write_ledger(uuid, uuid, jsonb, uuid, bigint, integer, jsonb, jsonb, timestamptz)
  security definer set search_path = public, pg_temp;
revoke execute on function write_ledger(uuid, uuid, jsonb, uuid, bigint, integer, jsonb, jsonb, timestamptz) from public;
grant execute on function write_ledger(uuid, uuid, jsonb, uuid, bigint, integer, jsonb, jsonb, timestamptz) to patchbay_app;
