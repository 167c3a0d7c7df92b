-- A part of a name or address is found by an index: row policies let none serve the query itself, so functions that read past them ask for the workspace.
create schema extensions;
create extension if not exists pg_trgm schema extensions;
create extension if not exists btree_gin schema extensions;
do $$
declare
  -- Where somebody has them already, it may be elsewhere.
  trigrams text := (select format('%I.gin_trgm_ops', n.nspname) from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_trgm');
begin
  execute format('create index contacts_named on contacts using gin (workspace_id, lower(name) %s)', trigrams);
  execute format('create index aliases_named on aliases using gin (workspace_id, lower(value) %s)', trigrams);
  execute format($index$create index conversations_titled on conversations using gin (workspace_id, lower(title) %s) where title <> ''$index$, trigrams);
end $$;

create function text_within(given text) returns text language sql immutable parallel safe as $$
  select '%' || regexp_replace(lower(given), '([\\%_])', '\\\1', 'g') || '%'
$$;

-- Contacts of the workspace whose name, or one of whose addresses, holds the text; null when there are more than `most`.
create function contacts_named(given text, most integer) returns uuid[] language plpgsql stable security definer
  set search_path = public, pg_temp set enable_seqscan = off set enable_bitmapscan = on set plan_cache_mode = force_custom_plan as $$
declare
  workspace uuid := nullif(current_setting('app.workspace', true), '')::uuid;
  found_ids uuid[] := array(
    (select c.id from contacts c where c.workspace_id = workspace and lower(c.name) like text_within(given) limit most + 1)
    union
    (select distinct a.contact_id from aliases a where a.workspace_id = workspace and lower(a.value) like text_within(given) limit most + 1));
begin
  return case when cardinality(found_ids) <= most then found_ids end;
end $$;

-- Conversations with these people, and those whose title holds the text; null when there are more than `most` of either.
create function conversations_named(given text, most integer) returns uuid[] language plpgsql stable security definer
  set search_path = public, pg_temp set enable_seqscan = off set enable_bitmapscan = on set enable_hashjoin = off set enable_mergejoin = off
  set plan_cache_mode = force_custom_plan as $$
declare
  workspace uuid := nullif(current_setting('app.workspace', true), '')::uuid;
  people uuid[] := contacts_named(given, most);
  found_ids uuid[] := array(
    (select v.id from unnest(people) p (id) join conversations v on v.contact_id = p.id limit most + 1)
    union
    (select v.id from conversations v where v.workspace_id = workspace and lower(v.title) like text_within(given) and v.title <> '' limit most + 1));
begin
  return case when people is not null and cardinality(found_ids) <= most then found_ids end;
end $$;
revoke execute on function contacts_named(text, integer), conversations_named(text, integer) from public;
grant execute on function contacts_named(text, integer), conversations_named(text, integer) to patchbay_app;
