-- Messages are found by their words, folded: case, accents and width do not count, and scripts without spaces are taken sign by sign. The words stand in a
-- table of their own, because a full-text condition under row policies uses no index and because a receipt must not write them again. A tick fills it:
-- a message costs its writer one short row. And receipts stay light only while no index looks at the status.
drop index messages_failed;

create table message_words (
  message_id uuid primary key references messages on delete cascade,
  workspace_id uuid not null,
  at timestamptz not null,
  words tsvector not null
);
create index message_words_in_order on message_words (workspace_id, at desc, message_id desc);
create index message_words_found on message_words using gin (words);
alter table message_words enable row level security;
create table words_due (message_id uuid not null);
alter table words_due enable row level security;

create function fold_words(given text) returns text language sql immutable parallel safe as $$
  select regexp_replace(regexp_replace(normalize(regexp_replace(normalize(lower(replace(given, 'ß', 'ss')), NFKD), '[\u0300-\u036f\u064b-\u065f]', '', 'g'), NFKC),
    '([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff])', ' \1 ', 'g'), '[^[:alnum:]]+', ' ', 'g')
$$;
-- A word of its own names the workspace, so that the index finds nothing of others.
create function workspace_word(workspace uuid) returns text language sql immutable parallel safe as $$ select 'w ' || workspace $$;

-- All words have to stand there; the last may go on.
create function words_query(given text) returns tsquery language plpgsql immutable parallel safe as $$
declare
  parts text[] := regexp_split_to_array(btrim(given), '\s+');
  one tsquery;
  result tsquery;
begin
  for n in 1 .. cardinality(parts) loop
    one := phraseto_tsquery('simple', fold_words(parts[n]));
    if numnode(one) = 1 and n = cardinality(parts) then one := (one::text || ':*')::tsquery; end if;
    if numnode(one) > 0 then result := case when result is null then one else result && one end; end if;
  end loop;
  return result;
end $$;

create function note_words_due() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into words_due (message_id) select id from added where body <> '';
  return null;
end $$;
create trigger words_due after insert on messages referencing new table as added for each statement execute function note_words_due();
create function note_changed_words() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into words_due (message_id) values (new.id);
  return null;
end $$;
create trigger words_changed after update on messages for each row when (old.body is distinct from new.body) execute function note_changed_words();
insert into words_due (message_id) select id from messages where body <> '';

create function index_words(most integer) returns bigint language plpgsql security definer set search_path = public, pg_temp as $$
declare indexed bigint;
begin
  with taken as (
    delete from words_due where ctid = any(array(select ctid from words_due limit most for update skip locked)) returning message_id
  ), kept as (
    insert into message_words (message_id, workspace_id, at, words)
    select m.id, m.workspace_id, m.at, to_tsvector('simple', fold_words(left(m.body, 20000))) || array_to_tsvector(array[workspace_word(m.workspace_id)])
      from messages m where m.id in (select message_id from taken)
    on conflict (message_id) do update set words = excluded.words
    returning 1)
  select count(*) into indexed from taken;
  return indexed;
end $$;

-- Newest first. A common word is found among the newest few thousand messages, however many there are; for a rare one the index has little to give.
create function search_messages(given text, before_at timestamptz, before_id uuid, most integer) returns table (message_id uuid, at timestamptz)
  language plpgsql stable security definer set search_path = public, pg_temp set enable_seqscan = off set enable_bitmapscan = on as $$
#variable_conflict use_column
declare
  workspace uuid := nullif(current_setting('app.workspace', true), '')::uuid;
  query tsquery := words_query(given);
  found_ids uuid[];
begin
  if workspace is null or query is null then return; end if;
  select array_agg(s.message_id) into found_ids from (
    select n.message_id from (
      select w.message_id, w.at, w.words from message_words w
       where w.workspace_id = workspace and (w.at, w.message_id) < (before_at, before_id) order by w.at desc, w.message_id desc limit 3000) n
     where n.words @@ query order by n.at desc, n.message_id desc limit most) s;
  if cardinality(found_ids) = most then
    return query select w.message_id, w.at from message_words w where w.message_id = any(found_ids) order by 2 desc, 1 desc;
    return;
  end if;
  return query select w.message_id, w.at from message_words w
    where w.words @@ (query && quote_literal(workspace_word(workspace))::tsquery) and w.workspace_id = workspace and (w.at, w.message_id) < (before_at, before_id)
    order by 2 desc, 1 desc limit most;
end $$;
revoke execute on function note_words_due(), note_changed_words(), index_words(integer), search_messages(text, timestamptz, uuid, integer) from public;
grant execute on function index_words(integer), search_messages(text, timestamptz, uuid, integer) to patchbay_app;
