-- What people make of a template decides whether it may go on being sent; the platform says it in one word.
alter table platform_templates add column quality text;
