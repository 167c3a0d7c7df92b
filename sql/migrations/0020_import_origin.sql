-- What an import says of itself beyond its counts: how its text was read, so that a person sees a wrong guess, and the blast that brought it,
-- which counts the rows of its own file and not those that others imported into the same lists.
alter table imports add column encoding text;
alter table imports add column campaign_id uuid references campaigns on delete set null;
create index imports_by_campaign on imports (campaign_id) where campaign_id is not null;

-- A blast and its import are made in one transaction, so both have its time.
update imports i set campaign_id = c.id from campaigns c
 where c.workspace_id = i.workspace_id and c.created_at = i.started_at and c.audience -> 'listIds' ? i.list_id::text;
