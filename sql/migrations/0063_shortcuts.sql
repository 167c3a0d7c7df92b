-- What is typed after the slash is no name: it holds letters, digits, - and _ alone.
alter table canned_answers rename column name to shortcut;
alter table canned_answers rename constraint canned_answers_workspace_id_name_key to canned_answers_workspace_id_shortcut_key;
