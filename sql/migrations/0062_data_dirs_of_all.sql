-- Data directories belong to the installation and to no workspace.
alter table data_dirs enable row level security;
create policy of_the_installation on data_dirs using (true) with check (true);
