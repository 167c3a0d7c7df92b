-- What a message has beside its text at an official platform: an approved template with values, buttons, a list, a link to a file, a tag.
alter table deliveries add column extras jsonb;
alter table template_versions add column extras jsonb;
