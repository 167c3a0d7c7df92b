-- What the mails of a domain are signed with, and where their bounces go. A new key comes beside the old one, which goes on signing until the new
-- one has been seen in DNS.
create table dkim_keys (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  domain text not null check (domain = lower(domain) and length(domain) between 1 and 253),
  selector text not null check (selector ~ '^[a-z0-9]{1,63}$'),
  public_key text not null,
  sealed_private_key bytea not null,
  published_at timestamptz,
  created_at timestamptz not null default now(),
  unique (workspace_id, domain, selector)
);
select protect('dkim_keys');

-- Null: bounces go to the sender's address, and tell their delivery by what they quote.
alter table mail_accounts add column bounce_address text check (length(bounce_address) between 3 and 254);
