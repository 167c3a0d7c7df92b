-- A conversation showed each picture by its whole file. A small one lies beside it, sealed like the file.
alter table media
  add column thumbnail bytea check (length(thumbnail) <= 300000),
  add column thumbnail_width integer check (thumbnail_width between 1 and 2000),
  add column thumbnail_height integer check (thumbnail_height between 1 and 2000),
  add constraint media_thumbnail_whole check (num_nulls(thumbnail, thumbnail_width, thumbnail_height) in (0, 3));
