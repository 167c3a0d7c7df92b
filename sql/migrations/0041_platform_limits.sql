-- Official platforms limit how fast one number writes to one person, and to how many people all numbers of a portfolio write in a moving day,
-- those who have written within 24 hours aside. As before, and these are counted too.
alter table use_keys drop constraint use_keys_kind_check,
  add constraint use_keys_kind_check check (kind in ('account', 'cold', 'warm', 'recipient', 'proxy', 'check', 'pair', 'portfolio', 'reach'));
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
                 left join platform_accounts pa on pa.account_id = in_account
                 -- Whom a platform counts for all numbers of a portfolio: people outside their window, each once in a day.
                 cross join lateral (select case when pa.platform = 'whatsapp' and limited && array['portfolio']
                   and not exists (select from conversations v where v.account_id = in_account and v.contact_id = d.contact_id
                                      and v.last_incoming_at > in_at - interval '24 hours')
                   and not exists (select from use_keys r join uses u on u.key_id = r.id and u.number > r.last - 100
                                    where r.workspace_id = in_workspace and r.kind = 'reach' and u.at > in_at - interval '24 hours'
                                      and r.key = coalesce(pa.facts ->> 'portfolio', pa.business_id) || ' ' || d.address)
                   then coalesce(pa.facts ->> 'portfolio', pa.business_id) end as portfolio) f
                 cross join lateral (select case when (o.one ->> 'is_new_contact')::boolean then 'cold' else 'warm' end as kind) b
                 cross join lateral (values ('account', in_account::text, true),
                   (b.kind, in_account::text, d.priority > 0 and (p.account_id is not null or b.kind = any(limited))),
                   ('recipient', d.address_kind || ' ' || d.address, d.campaign_id is not null and d.priority > 0),
                   ('proxy', p.proxy_id::text, p.goes_out = 'proxy' and p.proxy_id is not null),
                   ('pair', in_account::text || ' ' || d.address, pa.account_id is not null and 'pair' = any(limited)),
                   ('portfolio', f.portfolio, f.portfolio is not null),
                   ('reach', f.portfolio || ' ' || d.address, f.portfolio is not null)) k (kind, key, counts)
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
  insert into uses (workspace_id, key_id, number, at, delivery_id)
  select in_workspace, w.key_id, w.number, w.at, w.id from unnest(key_ids, numbers, times, deliveries_of) w (key_id, number, at, id);
  return query select p.id, null::text, null::timestamptz, null::boolean from unnest(passed) p (id) where p.id <> all(refused);
end $$;
