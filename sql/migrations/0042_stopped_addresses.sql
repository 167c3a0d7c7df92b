-- The bounce after which an address was not written to any more: what came before it does not count again once somebody allows it.
alter table bounces add column stopped boolean not null default false;
