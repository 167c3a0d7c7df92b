-- Unread conversations of a label that many have are few among many: without an index of their own the list walked through all that are read.
create index conversation_labels_unread on conversation_labels (workspace_id, label_id, state, last_message_at desc, conversation_id desc) where is_unread;
