-- Numbers of one WhatsApp business, and the Messenger and Instagram of one page, hear by one subscription: it ends with the last of them,
-- whatever workspaces they are in.
create function shares_subscription(in_account uuid, is_business boolean, node text) returns boolean
  language sql stable security definer set search_path = public, pg_temp as $$
  select exists (
    select from platform_accounts p where p.account_id <> in_account and p.disconnected_at is null and p.sealed_token is not null
       and case when is_business then p.platform = 'whatsapp' and p.business_id = node else p.platform <> 'whatsapp' and p.node_id = node end)
$$;
revoke execute on function shares_subscription(uuid, boolean, text) from public;
grant execute on function shares_subscription(uuid, boolean, text) to patchbay_app;
