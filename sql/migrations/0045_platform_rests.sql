-- What a platform's errors ask for beyond one message was said and then forgotten: how long the whole account is to rest, and who has to know.
alter table platform_accounts
  add column rests_until timestamptz,
  add column warned_at timestamptz,
  add column warns text check (warns in ('operator', 'admin')),
  add column warning text;

-- A send that Graph answered with an error that says nothing is uncertain until it is time to try again.
create index deliveries_unheard on deliveries (wait_until) where state = 'uncertain' and wait_until is not null;

-- Accounts, in every workspace, that have such a send whose time has come. Nobody's, while bodies lie in the vault that may tell of it.
create function unheard_lanes(at timestamptz) returns table (workspace_id uuid, account_id uuid)
  language sql stable security definer set search_path = public, pg_temp as $$
  select distinct d.workspace_id, d.account_id from deliveries d
   where d.state = 'uncertain' and d.wait_until <= at
     and not exists (select from webhook_deliveries w where w.state = 'pending' and w.received_at < at - interval '1 minute')
$$;
revoke execute on function unheard_lanes(timestamptz) from public;
grant execute on function unheard_lanes(timestamptz) to patchbay_app;
