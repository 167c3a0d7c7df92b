-- Whoever connects an account looks for bodies that spoke of it before, which read the whole vault; and what came back is listed newest first over
-- all accounts of a workspace, which sorted everything.
create index webhook_deliveries_unassigned on webhook_deliveries (platform) where state = 'unassigned';
create index bounces_in_order on bounces (workspace_id, at desc, id desc);
drop index bounces_by_workspace;
