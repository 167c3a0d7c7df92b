-- What a merge took away may name a list, a label, an account or a person that was removed since: a row that cannot be without it stays away, and one that can
-- comes back without it. Otherwise such a merge could never be taken back. Works as whoever asks, so the row policies bind it.
create or replace function put_back(relation regclass, in_rows jsonb) returns void language plpgsql set search_path = public, pg_temp as $$
declare
  columns text := (select string_agg(format('%I', attname), ', ' order by attnum) from pg_attribute
                    where attrelid = relation and attnum > 0 and not attisdropped and attgenerated = '');
  kept jsonb := coalesce(in_rows, '[]');
  key record;
begin
  for key in
    select a.attname as name, k.confrelid::regclass as other, o.attname as its, a.attnotnull as is_needed, format_type(o.atttypid, o.atttypmod) as kind
      from pg_constraint k join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1] join pg_attribute o on o.attrelid = k.confrelid and o.attnum = k.confkey[1]
     where k.conrelid = relation and k.contype = 'f' and cardinality(k.conkey) = 1
  loop
    execute format(
      'select coalesce(jsonb_agg(case when r.is_gone then r.one || jsonb_build_object(%3$L, null) else r.one end) filter (where not (r.is_gone and %4$L)), ''[]'')
         from (select one, one ->> %3$L is not null and not exists (select from %1$s t where t.%2$I = (one ->> %3$L)::%5$s) as is_gone from jsonb_array_elements($1) one) r',
      key.other, key.its, key.name, key.is_needed, key.kind) into kept using kept;
  end loop;
  if jsonb_array_length(kept) = 0 then return; end if;
  execute format('insert into %1$s (%2$s) overriding system value select %2$s from jsonb_populate_recordset(null::%1$s, $1) on conflict do nothing', relation, columns)
    using kept;
end $$;

-- As it was, but nobody changes the row between the look and the change.
create or replace function put_as_before(relation regclass, in_before jsonb, in_made jsonb) returns void language plpgsql set search_path = public, pg_temp as $$
declare
  present jsonb;
  columns text;
begin
  execute format('select to_jsonb(t) from %s t where t.id = $1 for update', relation) into present using (in_before ->> 'id')::uuid;
  select string_agg(format('%I', a.attname), ', ') into columns from pg_attribute a
   where a.attrelid = relation and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
     and present -> a.attname is not distinct from in_made -> a.attname and in_before -> a.attname is distinct from in_made -> a.attname;
  if columns is null then return; end if;
  execute format('update %1$s t set (%2$s) = (select %2$s from jsonb_populate_record(null::%1$s, $1)) where t.id = $2', relation, columns)
    using in_before, (in_before ->> 'id')::uuid;
end $$;
