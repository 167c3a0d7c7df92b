-- Attempts to sign in, refresh and register, so that several servers on one database count them together. Unlogged: a crash may forget them.
-- Keys are hashes: addresses and sign-in names are nothing to keep.
create unlogged table tries (
  key bytea primary key,
  count integer not null,
  until timestamptz not null
);
create index tries_by_end on tries (until);
-- No policy and no grant: only the functions below touch it.
alter table tries enable row level security;

-- Counts one try. The first of a key opens a window of so many seconds; when it is over, the next try opens another.
create function count_try(in_key bytea, in_seconds integer) returns table (count integer, until timestamptz)
  language sql security definer set search_path = public, pg_temp as $$
  insert into tries as t (key, count, until) values (in_key, 1, now() + make_interval(secs => in_seconds))
  on conflict (key) do update set count = case when t.until <= now() then 1 else t.count + 1 end,
                                  until = case when t.until <= now() then excluded.until else t.until end
  returning t.count, t.until
$$;
-- Takes one try back, of the window that is still open.
create function forgive_try(in_key bytea) returns void language sql security definer set search_path = public, pg_temp as $$
  update tries set count = count - 1 where key = in_key and count > 0 and until > now()
$$;
create function forget_tries() returns bigint language sql security definer set search_path = public, pg_temp as $$
  with gone as (delete from tries where until <= now() returning 1) select count(*) from gone
$$;
revoke execute on function count_try(bytea, integer), forgive_try(bytea), forget_tries() from public;
grant execute on function count_try(bytea, integer), forgive_try(bytea), forget_tries() to patchbay_app;
