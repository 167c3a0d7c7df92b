-- Of what many have, no more rows are read than it takes to know that they are many: told apart before they were limited, all numbers of the workspace were read
-- for the beginning that they share. Addresses of one person are several, so that up to four for each are looked at.
create or replace function contacts_named(given text, most integer) returns uuid[] language plpgsql stable security definer
  set search_path = public, pg_temp set enable_seqscan = off set enable_bitmapscan = on set plan_cache_mode = force_custom_plan as $$
declare
  workspace uuid := nullif(current_setting('app.workspace', true), '')::uuid;
  addressed uuid[] := array(select a.contact_id from aliases a where a.workspace_id = workspace and lower(a.value) like text_within(given) limit 4 * most + 1);
  found_ids uuid[];
begin
  if cardinality(addressed) > 4 * most then return null; end if;
  found_ids := array(
    (select c.id from contacts c where c.workspace_id = workspace and lower(c.name) like text_within(given) limit most + 1)
    union
    select id from unnest(addressed) a (id));
  return case when cardinality(found_ids) <= most then found_ids end;
end $$;
