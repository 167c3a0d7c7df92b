-- What a mail quotes below its own text: kept, and shown only to who asks for it.
alter table messages add column folded text;
