import type { z } from 'zod';
import type { MailAccount as MailAccountShape } from '#core/api/mail.ts';
import type { Ceilings } from '#core/policy.ts';
import { useClient } from '#ui/connection/client.ts';
import { useLoaded } from '#ui/connection/use-loaded.ts';

export type MailAccount = z.output<typeof MailAccountShape>;
export type MailValues = {
  name: string;
  useCatcher: boolean;
  host: string;
  port: number | null;
  security: MailAccount['security'];
  username: string;
  password: string;
  fromName: string;
  fromAddress: string;
  bounceAddress: string;
  pool: number | null;
  ceilings: Ceilings;
};

export function useMailAccounts() {
  const client = useClient();
  return useLoaded((signal) => client.listMailAccounts({}, signal), {
    on: (event) => event.kind === 'account_changed' || event.kind === 'profiles_listed',
  });
}

export function valuesOf(account: MailAccount | null): MailValues {
  if (!account) {
    return {
      name: '',
      useCatcher: false,
      host: '',
      port: 465,
      security: 'tls',
      username: '',
      password: '',
      fromName: '',
      fromAddress: '',
      bounceAddress: '',
      pool: 5,
      ceilings: {},
    };
  }
  const { name, useCatcher, host, port, security, fromName, fromAddress, pool, ceilings } = account;
  return {
    name,
    useCatcher,
    host,
    port,
    security,
    username: account.username ?? '',
    password: '',
    fromName,
    fromAddress,
    bounceAddress: account.bounceAddress ?? '',
    pool,
    ceilings: { ...ceilings },
  };
}

/** The ports that go with each kind of security (RFC 8314); the catcher of the lab listens on 1025. */
export const usualPort = { tls: 465, starttls: 587, none: 1025 } as const;

/** An empty password keeps the stored one; an empty user name takes both away. */
function bodyOf({ username, password, port, pool, bounceAddress, ...rest }: MailValues) {
  const user = username.trim();
  return {
    ...rest,
    bounceAddress: bounceAddress.trim() || null,
    port: port ?? 0,
    pool: pool ?? 5,
    username: user === '' ? null : user,
    password: user === '' ? null : password || undefined,
  };
}

export function useMailActs() {
  const client = useClient();
  return {
    save: (id: string | null, values: MailValues) =>
      id ? client.changeMailAccount({ params: { id }, body: bodyOf(values) }) : client.addMailAccount({ body: bodyOf(values) }),
    remove: (id: string) => client.removeMailAccount({ params: { id } }),
    switchCatcher: (id: string, useCatcher: boolean) => client.changeMailAccount({ params: { id }, body: { useCatcher } }),
    sendTest: (body: { accountId: string; to: string; subject?: string; text?: string }) => client.sendTestMail({ body }),
  };
}
