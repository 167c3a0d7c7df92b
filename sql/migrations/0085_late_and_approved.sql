-- A campaign with a start time that nobody kept, as after a night without a worker, does what its author chose; one that goes to many is looked at by a
-- second person first.
alter table campaigns
  -- Until when it has to have been begun; null: it was, or it may begin whenever.
  add column begin_by timestamptz,
  add column approved_by uuid references people on delete set null,
  add column approved_at timestamptz,
  -- What was approved: so many people, and this text. More, or another, is asked for again.
  add column approved_people integer,
  add column approved_version uuid references template_versions;
create index campaigns_by_approved_version on campaigns (approved_version) where approved_version is not null;
