-- A warming account that the messenger restricts, or whose messages come to nothing, goes one step back: from when its warm-up counts then (null:
-- from its first use), and the newest such setback.
alter table accounts
  add column warm_up_from timestamptz,
  add column set_back_at timestamptz,
  add column set_back_why text check (set_back_why in ('restricted', 'too_many_failed'));
