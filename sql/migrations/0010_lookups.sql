-- What the server looks up often (deliveries that wait for a person's decision), and accounts that can be removed: the log of what was sent
-- outlives the account, only what can still change holds it back.
create index deliveries_uncertain on deliveries (account_id) where state = 'uncertain';

alter table deliveries
  drop constraint deliveries_account_id_fkey,
  add constraint deliveries_account_id_fkey foreign key (account_id) references accounts on delete set null,
  drop constraint deliveries_check,
  add constraint deliveries_have_a_way check (
    state = 'skipped' or address is not null and (account_id is not null or state not in ('planned', 'claimed', 'committing', 'uncertain')));
