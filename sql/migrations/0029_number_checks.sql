-- Looks whether a number is known are counted like messages, apart from them: the messenger sees each.
alter table use_keys drop constraint use_keys_kind_check;
alter table use_keys add constraint use_keys_kind_check check (kind in ('account', 'cold', 'warm', 'recipient', 'proxy', 'check'));
