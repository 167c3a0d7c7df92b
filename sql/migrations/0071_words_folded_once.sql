-- The words of a message were folded twice, here and where what was found is marked, in two ways that had to agree; and here it cost a mail as much as
-- keeping its outcome (measured: 0.4 ms of 0.5 were the database's regular expressions and its parser). They come folded now.
drop function index_words(integer);
drop function search_messages(text, timestamptz, uuid, integer);
drop function words_query(text);
drop function fold_words(text);

drop table words_due;
create table words_due (message_id uuid not null, workspace_id uuid not null);
create index words_due_of on words_due (workspace_id);
alter table words_due enable row level security;
create policy workspace_only on words_due using (workspace_id = (select nullif(current_setting('app.workspace', true), '')::uuid));
grant select, update, delete on words_due to patchbay_app;
create or replace function note_words_due() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into words_due (message_id, workspace_id) select id, workspace_id from added where body <> '';
  return null;
end $$;
create or replace function note_changed_words() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into words_due (message_id, workspace_id) values (new.id, new.workspace_id);
  return null;
end $$;
insert into words_due (message_id, workspace_id) select id, workspace_id from messages where body <> '';

create function workspaces_with_words_due() returns setof uuid language sql stable security definer set search_path = public, pg_temp as $$
  select distinct d.workspace_id from (select workspace_id from words_due limit 10000) d
$$;

-- `given` names messages of the workspace, each with its folded words and their places as a tsvector is written.
create function keep_words(given_ids uuid[], given_words text[]) returns void language sql security definer set search_path = public, pg_temp as $$
  insert into message_words (message_id, workspace_id, at, words)
  select m.id, m.workspace_id, m.at, (w.words || ' ' || quote_literal(workspace_word(m.workspace_id)))::tsvector
    from unnest(given_ids, given_words) w (id, words) join messages m on m.id = w.id
   where m.workspace_id = nullif(current_setting('app.workspace', true), '')::uuid
  on conflict (message_id) do update set words = excluded.words
$$;

-- As before; what is looked for comes folded.
create function search_messages(query tsquery, before_at timestamptz, before_id uuid, most integer) returns table (message_id uuid, at timestamptz)
  language plpgsql stable security definer set search_path = public, pg_temp set enable_seqscan = off set enable_bitmapscan = on as $$
#variable_conflict use_column
declare
  workspace uuid := nullif(current_setting('app.workspace', true), '')::uuid;
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
  return query with hits as materialized (
      select w.message_id, w.at, w.workspace_id from message_words w where w.words @@ (query && quote_literal(workspace_word(workspace))::tsquery))
    select h.message_id, h.at from hits h where h.workspace_id = workspace and (h.at, h.message_id) < (before_at, before_id) order by 2 desc, 1 desc limit most;
end $$;
revoke execute on function workspaces_with_words_due(), keep_words(uuid[], text[]), search_messages(tsquery, timestamptz, uuid, integer) from public;
grant execute on function workspaces_with_words_due(), keep_words(uuid[], text[]), search_messages(tsquery, timestamptz, uuid, integer) to patchbay_app;
