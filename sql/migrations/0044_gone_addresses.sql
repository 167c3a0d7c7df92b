-- An address at which nobody can be reached any more. Unlike a denied one it says nothing about its person, who may be written to elsewhere.
alter table address_rules drop constraint address_rules_effect_check;
alter table address_rules add constraint address_rules_effect_check check (effect in ('allow', 'deny', 'gone'));
update address_rules r set effect = 'gone' from bounces b
 where r.effect = 'deny' and r.note = 'bounce ' || b.id and b.workspace_id = r.workspace_id;
-- Bounces can make many rules, so they are read in pages.
create index address_rules_in_order on address_rules (workspace_id, created_at desc, id desc);
