-- What a sent message costs beside itself. A foreign key is looked up for each row: these say what another one of the same row says already (a
-- message belongs to its conversation, that to its account, that to its workspace), or guard rows that are forgotten after days anyway.
alter table events drop constraint events_workspace_id_fkey;
alter table messages drop constraint messages_workspace_id_fkey, drop constraint messages_account_id_fkey;
alter table conversations drop constraint conversations_workspace_id_fkey;

-- Events are read in the order of commits and forgotten by their age, which is the order in which they are written.
alter table events drop constraint events_pkey, add primary key (xid, id);
drop index events_in_commit_order, events_by_time;
create index events_by_time on events using brin (at);
