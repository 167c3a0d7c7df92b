-- Nothing goes out to somebody who said stop, whatever code sends: no delivery becomes `committing` for them, by their contact, by the address it goes to
-- (which may be theirs by now), or on a channel that they refuse.
-- Stable: it sees what the statement sees that calls it, so one that asks first is never refused by the trigger in the middle of a batch.
create function refuses_send(in_workspace uuid, in_contact uuid, in_account uuid, in_kind text, in_address text) returns boolean
  language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return exists (select from suppressions s where s.contact_id = in_contact and s.lifted_at is null)
      or exists (select from aliases al join suppressions s on s.contact_id = al.contact_id and s.lifted_at is null
                  where al.workspace_id = in_workspace and al.kind = in_kind and al.value = in_address)
      or exists (select from channel_refusals r where r.contact_id = in_contact and r.channel = (select a.channel from accounts a where a.id = in_account));
end $$;
revoke execute on function refuses_send(uuid, uuid, uuid, text, text) from public;
grant execute on function refuses_send(uuid, uuid, uuid, text, text) to patchbay_app;

create function refuse_sends_to_suppressed() returns trigger language plpgsql stable as $$
begin
  if refuses_send(new.workspace_id, new.contact_id, new.account_id, new.address_kind, new.address) then
    raise exception 'delivery % may not go out: the person wants no messages', new.id using errcode = 'check_violation', constraint = 'no_sends_to_suppressed';
  end if;
  return new;
end $$;
-- For each row, and only for those that begin to be sent: a statement's trigger would copy every delivery that is claimed or settled too.
create trigger no_sends_to_suppressed before update of state on deliveries for each row
  when (new.state = 'committing' and old.state <> 'committing') execute function refuse_sends_to_suppressed();
create trigger no_new_sends_to_suppressed before insert on deliveries for each row
  when (new.state = 'committing') execute function refuse_sends_to_suppressed();

-- The ledger asks the same, and leaves out whom it may not write to.
do $$
declare
  before text := pg_get_functiondef('commit_deliveries(uuid, uuid, uuid, bigint, integer, jsonb, jsonb, timestamptz)'::regprocedure);
  after text := replace(before, 'not exists (select from suppressions s where s.contact_id = d.contact_id and s.lifted_at is null)',
                                'not refuses_send(d.workspace_id, d.contact_id, d.account_id, d.address_kind, d.address)');
begin
  if after = before then raise exception 'commit_deliveries asks for suppressions in another way'; end if;
  execute after;
end $$;
