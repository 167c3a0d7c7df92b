-- One spelling per merge field, as core/template.ts folds it, so that the plan and the preview find the same values.
create function fold_name(name text) returns text language sql immutable parallel safe
  as $$ select trim(both '_' from regexp_replace(lower(normalize(name, NFKC)), '[^[:alnum:]]+', '_', 'g')) $$;
