-- A rare word was looked for by walking through all messages, because the planner saw that few were wanted (measured with 200,000: 25,000 pages). What
-- the index of words finds is gathered first now.
create or replace function search_messages(given text, before_at timestamptz, before_id uuid, most integer) returns table (message_id uuid, at timestamptz)
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
  return query with hits as materialized (
      select w.message_id, w.at, w.workspace_id from message_words w where w.words @@ (query && quote_literal(workspace_word(workspace))::tsquery))
    select h.message_id, h.at from hits h where h.workspace_id = workspace and (h.at, h.message_id) < (before_at, before_id) order by 2 desc, 1 desc limit most;
end $$;
