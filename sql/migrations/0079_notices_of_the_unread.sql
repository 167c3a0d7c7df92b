-- Of what somebody has read by the time that it would be told, and of what is read in from years ago, nobody is told. A notice of it would stay unread, and the
-- next message of the hour make none.
do $$
declare
  before text := pg_get_functiondef('make_notices(timestamptz, integer, text[], jsonb)'::regprocedure);
  after text := replace(before, 'm.direction = ''in'' join conversations', 'm.direction = ''in'' and m.read_at is null and m.at > e.at - interval ''1 day'' join conversations');
begin
  if before = after then raise exception 'make_notices does not join messages as it did'; end if;
  execute after;
end $$;
