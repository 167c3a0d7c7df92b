-- Messages of all accounts are listed newest first: one walk for each account along the first index. What is unread, or failed, is rare among them.
create index messages_by_account on messages (workspace_id, account_id, at desc, id desc);
create index messages_unread on messages (workspace_id, at desc, id desc) where direction = 'in' and read_at is null;
create index messages_failed on messages (workspace_id, at desc, id desc) where status = 'failed';
create index conversations_by_contact on conversations (contact_id);
