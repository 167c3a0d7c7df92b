-- One message may still go to somebody who wrote STOP: the one that says so was heard. A suppression has at most one.
alter table deliveries add column confirms uuid references suppressions on delete set null;
create unique index deliveries_confirm_once on deliveries (confirms) where confirms is not null;

create function confirms_stop(in_suppression uuid, in_contact uuid) returns boolean
  language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return exists (select from suppressions s where s.id = in_suppression and s.contact_id = in_contact and s.lifted_at is null and s.source = 'stop_word');
end $$;
revoke execute on function confirms_stop(uuid, uuid) from public;
grant execute on function confirms_stop(uuid, uuid) to patchbay_app;

create or replace function refuse_sends_to_suppressed() returns trigger language plpgsql stable as $$
begin
  if refuses_send(new.workspace_id, new.contact_id, new.account_id, new.address_kind, new.address)
     and (new.confirms is null or not confirms_stop(new.confirms, new.contact_id)) then
    raise exception 'delivery % may not go out: the person wants no messages', new.id using errcode = 'check_violation', constraint = 'no_sends_to_suppressed';
  end if;
  return new;
end $$;

do $$
declare
  before text := pg_get_functiondef('commit_deliveries(uuid, uuid, uuid, bigint, integer, jsonb, jsonb, timestamptz)'::regprocedure);
  after text := replace(before, 'not refuses_send(d.workspace_id, d.contact_id, d.account_id, d.address_kind, d.address)',
    '(not refuses_send(d.workspace_id, d.contact_id, d.account_id, d.address_kind, d.address) or d.confirms is not null and confirms_stop(d.confirms, d.contact_id))');
begin
  if after = before then raise exception 'commit_deliveries asks who wants no messages in another way'; end if;
  execute after;
end $$;
