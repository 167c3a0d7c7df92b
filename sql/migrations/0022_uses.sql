-- Uses, numbered without gaps for each thing that a ceiling counts: an account, its new and its known contacts, a recipient, a proxy. Use n is
-- allowed when use n - limit is as old as the window is long: one look-up for each window, however many uses lie in it.
-- Neither table has foreign keys: they would be looked up for each mail. What belongs to nothing any more goes with the old ones.
create table use_keys (
  id bigint generated always as identity primary key,
  workspace_id uuid not null,
  kind text not null check (kind in ('account', 'cold', 'warm', 'recipient', 'proxy')),
  key text not null,
  -- The number of the newest use. Who books holds this row until the transaction ends.
  last bigint not null,
  first_at timestamptz not null,
  -- Uses of a key are in the order of their numbers, also where the clocks of two hosts differ.
  last_at timestamptz not null,
  unique (workspace_id, kind, key)
);
select protect('use_keys');

create table uses (
  workspace_id uuid not null,
  key_id bigint not null,
  number bigint not null,
  at timestamptz not null,
  delivery_id uuid not null,
  primary key (key_id, number)
);
-- For forgetting only: a few bytes for many rows, because they are written in the order of time.
create index uses_by_time on uses using brin (at);
select protect('uses');

-- What a committed delivery has booked, so that it can be given back when it is proven that nothing left.
alter table deliveries add column use_keys bigint[];
-- Asked of `uses` from now on.
drop index deliveries_uses, deliveries_per_recipient;

-- Until when the messenger lets this account write to nobody new.
alter table accounts add column restricted_until timestamptz;

-- What went out in the last day counts from the first moment; the first use of an account ever says how warm it is.
with booked as (
  select d.workspace_id, d.id, d.committing_at as at, k.kind, k.key from deliveries d cross join lateral (values
    ('account', d.account_id::text, true), (case when d.is_new_contact then 'cold' else 'warm' end, d.account_id::text, d.priority > 0),
    ('recipient', d.address_kind || ' ' || d.address, d.campaign_id is not null)) k (kind, key, counts)
   where d.committing_at is not null and k.counts
), keys as (
  insert into use_keys (workspace_id, kind, key, last, first_at, last_at)
  select workspace_id, kind, key, count(*) filter (where at > now() - interval '25 hours'), min(at), max(at) from booked
   group by workspace_id, kind, key having kind = 'account' or max(at) > now() - interval '25 hours' returning id, workspace_id, kind, key
)
insert into uses (workspace_id, key_id, number, at, delivery_id)
select b.workspace_id, k.id, row_number() over (partition by k.id order by b.at, b.id), b.at, b.id
  from booked b join keys k using (workspace_id, kind, key) where b.at > now() - interval '25 hours';
update deliveries d set use_keys = array(select u.key_id from uses u where u.delivery_id = d.id) where d.state in ('committing', 'uncertain');

-- Locks counters, those that are not there yet included, and takes so many numbers of each. All in one statement and in one order, so that two
-- lanes that share recipients and a proxy never wait for each other in a circle.
create function take_numbers(in_workspace uuid, in_kinds text[], in_keys text[], in_counts bigint[], in_at timestamptz)
  returns setof use_keys language plpgsql set plan_cache_mode = force_generic_plan as $$
begin
  return query
  insert into use_keys as u (workspace_id, kind, key, last, first_at, last_at)
  select in_workspace, w.kind, w.key, w.n, in_at, in_at from unnest(in_kinds, in_keys, in_counts) w (kind, key, n) order by w.kind, w.key
  on conflict (workspace_id, kind, key) do update set last = u.last + excluded.last, last_at = greatest(u.last_at, excluded.last_at)
  returning u.*;
end $$;

-- Takes back what deliveries have booked that are proven not to have left: those behind move up, so that there is still no gap. A use with more
-- than a thousand behind it stays and counts: moving them all would cost more than one message that waits.
create function give_back_uses(in_deliveries uuid[]) returns void language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
  given record;
begin
  perform from use_keys k where k.id = any(array(select unnest(d.use_keys) from deliveries d where d.id = any(in_deliveries))) order by k.kind, k.key for update;
  for given in
    select k.id, d.id as delivery_id from deliveries d cross join lateral unnest(d.use_keys) b (id) join use_keys k on k.id = b.id
     where d.id = any(in_deliveries)
  loop
    with free as (
      select u.number, k.last from use_keys k join uses u on u.key_id = k.id and u.number > k.last - 1000
       where k.id = given.id and u.delivery_id = given.delivery_id order by u.number desc limit 1
    ), moved as (
      update uses u set at = n.at, delivery_id = n.delivery_id from uses n, free f
       where u.key_id = given.id and u.number >= f.number and u.number < f.last and n.key_id = given.id and n.number = u.number + 1
    ), ended as (
      delete from uses u using free f where u.key_id = given.id and u.number = f.last
    )
    update use_keys k set last = k.last - 1 from free where k.id = given.id;
  end loop;
end $$;

-- Uses older than any window, and counters that nothing counts any more. An account's own counter stays: it knows the first use.
create function forget_uses(in_before timestamptz) returns bigint language sql security definer set search_path = public, pg_temp as $$
  with old_keys as (
    delete from use_keys where id in (
      select k.id from use_keys k where k.last_at < in_before
         and (k.kind <> 'account' or not exists (select from accounts a where a.id::text = k.key)) for update skip locked)
  ), old as (
    delete from uses where at < in_before returning 1
  )
  select count(*) from old
$$;
revoke execute on function forget_uses(timestamptz) from public;
grant execute on function forget_uses(timestamptz) to patchbay_app;

-- As before, and what was booked for a delivery that is planned again is given back. The counters come before the rows: see take_numbers.
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

drop function write_ledger(uuid, uuid, jsonb, uuid, bigint, integer, jsonb, timestamptz);
drop function commit_deliveries(uuid, uuid, bigint, integer, jsonb, timestamptz);

-- Writes `committing` for deliveries that are still ours to send (claimed under this fence, the lease held for `in_margin` seconds longer, the
-- campaign running, the account not paused, the person not suppressed) and books their uses. Who would be over a limit is answered with its reason
-- and time, and stays claimed. What is not in the answer, or has a reason, must not be sent.
-- Numbers are taken for all first: that locks the counters, and the statements after it see what was booked while we waited for them.
create function commit_deliveries(in_workspace uuid, in_account uuid, in_host uuid, in_fence bigint, in_margin integer, in_commits jsonb,
                                  in_limits jsonb, in_at timestamptz)
  returns table (id uuid, reason text, until timestamptz, holds_lane boolean) language plpgsql
  set plan_cache_mode = force_generic_plan set enable_bitmapscan = off as $$
#variable_conflict use_column
declare
  ids uuid[] := array(select (one ->> 'id')::uuid from jsonb_array_elements(in_commits) one);
  -- A mail account has buckets only where somebody limits them: a third of what a mail costs here.
  limited text[] := array(select one ->> 'kind' from jsonb_array_elements(in_limits) one);
  -- One entry for each use: whose it is, at which place of the commits, what it counts for, and what the counter stood at before all of these.
  deliveries_of uuid[]; places bigint[]; kinds text[]; keys text[]; key_ids bigint[]; bases bigint[]; numbers bigint[]; times timestamptz[]; replies boolean[];
  passed uuid[];
  leaving uuid[];
  refused uuid[] := '{}';
  over record;
begin
  select array_agg(w.id), array_agg(w.place), array_agg(w.kind), array_agg(w.key), array_agg(w.is_reply)
    into deliveries_of, places, kinds, keys, replies
    from (select d.id, o.place, k.kind, k.key, d.priority = 0 as is_reply
            from jsonb_array_elements(in_commits) with ordinality o (one, place) join deliveries d on d.id = (o.one ->> 'id')::uuid
                 left join profiles p on p.account_id = in_account
                 cross join lateral (select case when (o.one ->> 'is_new_contact')::boolean then 'cold' else 'warm' end as kind) b
                 cross join lateral (values ('account', in_account::text, true),
                   (b.kind, in_account::text, d.priority > 0 and (p.account_id is not null or b.kind = any(limited))),
                   ('recipient', d.address_kind || ' ' || d.address, d.campaign_id is not null and d.priority > 0),
                   ('proxy', p.proxy_id::text, p.goes_out = 'proxy' and p.proxy_id is not null)) k (kind, key, counts)
           where d.id = any(ids) and d.account_id = in_account and d.state = 'claimed' and d.fence = in_fence and k.counts
           order by o.place) w;
  if deliveries_of is null then return; end if;
  with taken as (
    select t.* from (select array_agg(s.kind) as kinds, array_agg(s.key) as keys, array_agg(s.n) as counts
                       from (select w.kind, w.key, count(*) as n from unnest(kinds, keys) w (kind, key) group by w.kind, w.key) s) g
           cross join lateral take_numbers(in_workspace, g.kinds, g.keys, g.counts, in_at) t
  )
  select array_agg(n.key_id order by n.nth), array_agg(n.base order by n.nth), array_agg(n.base + n.rank order by n.nth), array_agg(n.last_at order by n.nth)
    into key_ids, bases, numbers, times
    from (select w.nth, t.id as key_id, t.last_at, t.last - count(*) over (partition by t.id) as base,
                 row_number() over (partition by t.id order by w.nth) as rank
            from unnest(kinds, keys) with ordinality w (kind, key, nth) join taken t on t.kind = w.kind and t.key = w.key) n;
  with moved as (
    update deliveries d set state = 'committing', anchor = c.anchor, is_new_contact = c.is_new_contact, committing_at = in_at, attempt = d.attempt + 1,
           use_keys = array(select w.key_id from unnest(deliveries_of, key_ids) w (delivery_id, key_id) where w.delivery_id = d.id), updated_at = now()
      from jsonb_to_recordset(in_commits) as c (id uuid, anchor jsonb, is_new_contact boolean)
     where d.id = c.id and d.id = any(ids) and d.state = 'claimed' and d.fence = in_fence
       and exists (select from leases l where l.account_id = in_account and l.host_id = in_host and l.fence = in_fence
                     and l.until > now() + make_interval(secs => in_margin))
       and not exists (select from suppressions s where s.contact_id = d.contact_id and s.lifted_at is null)
       and not exists (select from campaigns k where k.id = d.campaign_id and k.state <> 'running')
       and not exists (select from accounts a where a.id = d.account_id and a.paused_at is not null)
    returning d.id
  ) select coalesce(array_agg(m.id), '{}') into passed from moved m;
  leaving := array(select distinct w.id from unnest(deliveries_of) w (id) where w.id <> all(passed));
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
     where (not w.is_reply or w.kind in ('account', 'proxy')) and o.at + make_interval(secs => l.seconds) > w.at
     order by w.place, until desc limit 1;
    exit when not found;
    leaving := array[over.id];
    refused := refused || over.id;
    return query select over.id, over.reason, over.until, over.holds_lane;
  end loop;
  if cardinality(refused) > 0 then
    update deliveries d set state = 'claimed', anchor = null, committing_at = null, attempt = d.attempt - 1, use_keys = null where d.id = any(refused);
  end if;
  insert into uses (workspace_id, key_id, number, at, delivery_id)
  select in_workspace, w.key_id, w.number, w.at, w.id from unnest(key_ids, numbers, times, deliveries_of) w (key_id, number, at, id);
  return query select p.id, null::text, null::timestamptz, null::boolean from unnest(passed) p (id) where p.id <> all(refused);
end $$;

-- Both for one workspace, as a transaction of its own. Outcomes first: whoever has ended makes room for whoever begins. Outcomes that give uses
-- back are written by a call without commits: one transaction locks counters once.
create function write_ledger(in_workspace uuid, in_account uuid, in_outcomes jsonb, in_host uuid, in_fence bigint, in_margin integer, in_commits jsonb,
                             in_limits jsonb, in_at timestamptz)
  returns table (id uuid, reason text, until timestamptz, holds_lane boolean) language plpgsql as $$
begin
  perform set_config('app.workspace', in_workspace::text, true);
  if jsonb_array_length(in_outcomes) > 0 then
    perform settle_deliveries(in_workspace, in_account, in_outcomes, in_at);
  end if;
  if jsonb_array_length(in_commits) > 0 then
    return query select * from commit_deliveries(in_workspace, in_account, in_host, in_fence, in_margin, in_commits, in_limits, in_at);
  end if;
end $$;
