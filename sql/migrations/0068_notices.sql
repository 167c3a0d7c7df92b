-- What a person is told of, by which ways and when not. A notice is made of an event of the log, once for each person (its key), in the transaction that moves
-- the reader's place; push and mail go out of the notice, so a crash makes none twice and loses none.
insert into event_readers (name, xid, id)
  select 'notices', coalesce(l.xid, '0'), coalesce(l.id, 0) from (select 1) one left join lateral (select xid, id from events order by xid desc, id desc limit 1) l on true;

create table notice_settings (
  person_id uuid primary key references people on delete cascade,
  workspace_id uuid not null references workspaces on delete cascade,
  zone text not null,
  quiet jsonb,
  mail_account_id uuid references mail_accounts on delete set null,
  -- Kind of notice → its ways; what is not named goes the usual ones.
  rules jsonb not null default '{}'
);
create index notice_settings_by_workspace on notice_settings (workspace_id);
select protect('notice_settings');

create table notices (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  person_id uuid not null references people on delete cascade,
  kind text not null,
  key text not null,
  subject jsonb not null,
  at timestamptz not null,
  in_page boolean not null,
  read_at timestamptz,
  -- Null: not by this way, or done.
  push_at timestamptz,
  mail_at timestamptz,
  unique (person_id, key)
);
create index notices_of_person on notices (person_id, at desc, id desc) where in_page;
create index notices_by_workspace on notices (workspace_id);
create index notices_to_push on notices (push_at) where push_at is not null;
create index notices_to_mail on notices (mail_at) where mail_at is not null;
select protect('notices');

create table push_subscriptions (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  person_id uuid not null references people on delete cascade,
  endpoint text not null check (length(endpoint) between 8 and 1000),
  sealed_keys bytea not null,
  created_at timestamptz not null default now(),
  unique (person_id, endpoint)
);
create index push_subscriptions_by_workspace on push_subscriptions (workspace_id);
select protect('push_subscriptions');

-- The key by which push services know this installation: one, made when it is first asked for.
create table push_keys (
  is_only boolean primary key default true check (is_only),
  public_key text not null,
  sealed_private_key bytea not null
);
alter table push_keys enable row level security;
create function read_push_key() returns table (public_key text, sealed_private_key bytea) language sql stable security definer set search_path = public, pg_temp as $$
  select k.public_key, k.sealed_private_key from push_keys k
$$;
create function keep_push_key(in_public text, in_sealed bytea) returns void language sql security definer set search_path = public, pg_temp as $$
  insert into push_keys (public_key, sealed_private_key) values (in_public, in_sealed) on conflict do nothing
$$;

-- Reads on in the log, at most `most` events, and answers how many it read. `needing` are the states of a profile that need a person, `usual` the ways of each
-- kind. Of one matter a person has one unread notice an hour.
create function make_notices(at timestamptz, most integer, needing text[], usual jsonb) returns integer
  language plpgsql security definer set search_path = public, pg_temp as $$
declare
  place event_readers;
  seen integer;
begin
  select * into place from event_readers r where r.name = 'notices' for update skip locked;
  if not found then return 0; end if;
  with read as materialized (
    select e.* from events e where (e.xid, e.id) > (place.xid, place.id) and e.xid < pg_snapshot_xmin(pg_current_snapshot()) order by e.xid, e.id limit most
  ), found as (
    select e.workspace_id, v.assigned_to as person_id, case when v.assigned_to is null then 'message_unassigned' else 'message_mine' end as kind,
           'message:' || m.id as key, jsonb_build_object('conversationId', v.id) as subject, e.at
      from read e join messages m on m.id = (e.subject ->> 'messageId')::uuid and m.direction = 'in' join conversations v on v.id = m.conversation_id
     where e.kind = 'message_added'
    union all
    select e.workspace_id, named.id, 'mention', 'note:' || n.id, jsonb_build_object('conversationId', n.conversation_id), n.at
      from read e join conversation_notes n on n.conversation_id = (e.subject ->> 'conversationId')::uuid and n.at >= e.at - interval '1 minute'
           cross join lateral unnest(n.mentions) named(id)
     where e.kind = 'conversation_changed' and named.id is distinct from n.person_id
    union all
    select e.workspace_id, null, 'profile_needs', concat_ws(':', 'profile', p.account_id, p.state, p.state_at), jsonb_build_object('profileId', p.account_id), e.at
      from read e join profiles p on p.account_id = (e.subject ->> 'profileId')::uuid and p.state = any(needing)
     where e.kind = 'profile_changed'
    union all
    select e.workspace_id, null, 'campaign_ended', concat_ws(':', 'campaign', c.id, c.state, coalesce(c.finished_at, c.updated_at)),
           jsonb_build_object('campaignId', c.id, 'state', c.state), e.at
      from read e join campaigns c on c.id = (e.subject ->> 'campaignId')::uuid and c.state in ('finished', 'paused')
     where e.kind = 'campaign_changed'
    union all
    select e.workspace_id, null, 'hook_off', concat_ws(':', 'hook', h.id, h.failing_since), jsonb_build_object('hookId', h.id), e.at
      from read e join hooks h on h.id = (e.subject ->> 'hookId')::uuid and h.off_why is not null
     where e.kind = 'hook_changed'
  ), made as (
    insert into notices (workspace_id, person_id, kind, key, subject, at, in_page, push_at, mail_at)
    select distinct on (p.id, f.kind, f.subject) f.workspace_id, p.id, f.kind, f.key, f.subject, f.at, w.page,
           case when w.push and exists (select from push_subscriptions b where b.person_id = p.id) then make_notices.at end,
           case when w.mail and s.mail_account_id is not null then make_notices.at + interval '10 minutes' end
      from found f join people p on p.workspace_id = f.workspace_id and (f.person_id is null and f.kind <> 'message_mine' or p.id = f.person_id)
                                and (f.kind <> 'hook_off' or p.role in ('owner', 'admin'))
           left join notice_settings s on s.person_id = p.id
           cross join lateral jsonb_to_record(coalesce(s.rules -> f.kind, usual -> f.kind)) as w(page boolean, push boolean, mail boolean)
     where (w.page or w.push or w.mail)
       and not exists (select from notices n where n.person_id = p.id and n.kind = f.kind and n.subject = f.subject and n.read_at is null and n.at > f.at - interval '1 hour')
     order by p.id, f.kind, f.subject, f.at
    on conflict (person_id, key) do nothing
    returning workspace_id, person_id
  ), told as (
    insert into events (workspace_id, kind, subject)
    select distinct workspace_id, 'notice_added', jsonb_build_object('kind', 'notice_added', 'personId', person_id) from made
  ), moved as (
    update event_readers r set xid = l.xid, id = l.id from (select e.xid, e.id from read e order by e.xid desc, e.id desc limit 1) l where r.name = 'notices'
  )
  select count(*) into seen from read;
  return seen;
end $$;
-- People with something to push or to mail.
create function due_notices(at timestamptz) returns table (workspace_id uuid, person_id uuid)
  language sql stable security definer set search_path = public, pg_temp as $$
  select n.workspace_id, n.person_id from notices n where n.push_at <= due_notices.at union
  select n.workspace_id, n.person_id from notices n where n.mail_at <= due_notices.at
$$;
create function forget_notices(before timestamptz) returns bigint language sql security definer set search_path = public, pg_temp as $$
  with gone as (delete from notices n where n.at < before returning 1) select count(*) from gone
$$;
revoke execute on function read_push_key(), keep_push_key(text, bytea), make_notices(timestamptz, integer, text[], jsonb), due_notices(timestamptz),
  forget_notices(timestamptz) from public;
grant execute on function read_push_key(), keep_push_key(text, bytea), make_notices(timestamptz, integer, text[], jsonb), due_notices(timestamptz),
  forget_notices(timestamptz) to patchbay_app;
