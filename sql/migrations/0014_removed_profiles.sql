-- Removing a profile leaves its browser's folder on the hosts that held it. A host removes a folder only when this table says that the
-- profile was removed: "there is no such row" is also true of a database that was restored, or that is not the one the folder belongs to.
create table removed_profiles (
  account_id uuid primary key,
  removed_at timestamptz not null default now()
);
-- No policy and no grant: it is written by the trigger and read by the function below, and by nobody else.
alter table removed_profiles enable row level security;

create function remember_removed_profile() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into removed_profiles (account_id) values (old.account_id) on conflict (account_id) do update set removed_at = now();
  return null;
end $$;
revoke execute on function remember_removed_profile() from public;
create trigger profiles_removed after delete on profiles for each row execute function remember_removed_profile();

-- Which of these profiles were removed. One that exists (a backup was restored over the table) is never among them.
create function removed_of(ids uuid[]) returns table (account_id uuid) language sql stable security definer set search_path = public, pg_temp as $$
  select r.account_id from removed_profiles r
   where r.account_id = any(ids) and not exists (select from accounts a where a.id = r.account_id)
$$;
revoke execute on function removed_of(uuid[]) from public;
grant execute on function removed_of(uuid[]) to patchbay_app;
