-- The language of the mails in which a person is told of something; null: the one that the program is written in.
alter table notice_settings add column language text check (language in ('en', 'ru'));
