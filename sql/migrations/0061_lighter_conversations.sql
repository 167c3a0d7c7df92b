-- Every message that is sent moves its conversation in each of these indexes and asks for its labels: one index serves two look-ups now, and labels are
-- moved once for a statement.
drop index conversations_by_contact;
alter table conversations drop constraint conversations_account_id_contact_id_key, add constraint conversations_contact_id_account_id_key unique (contact_id, account_id);

drop trigger place_labels on conversations;
create or replace function place_labels() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update conversation_labels l set state = n.state, is_unread = n.unread > 0, last_message_at = n.last_message_at from after_it n
   where l.conversation_id = n.id and (l.state, l.is_unread, l.last_message_at) is distinct from (n.state, n.unread > 0, n.last_message_at);
  return null;
end $$;
create trigger place_labels after update on conversations referencing new table as after_it for each statement execute function place_labels();
