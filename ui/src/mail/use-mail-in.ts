import type { z } from 'zod';
import type { mailIn } from '#core/api/mail-in.ts';
import { useClient } from '#ui/connection/client.ts';
import { useLoaded } from '#ui/connection/use-loaded.ts';

export type MailIn = z.output<typeof mailIn.readMailIn.reply>;
export type Provider = MailIn['providers'][number]['provider'];
export type Bounce = z.output<typeof mailIn.listBounces.reply>['rows'][number];
/** Whose: one of an account, a person, a delivery. */
export type BouncesOf = { accountId?: string; contactId?: string; deliveryId?: string };
export type BoxValues = {
  host: string;
  port: number | null;
  security: 'tls' | 'starttls' | 'none';
  username: string;
  password: string;
  folder: string;
};

/** The ports that go with each kind of security (RFC 8314). */
export const usualImapPort = { tls: 993, starttls: 143, none: 143 } as const;

export function boxValuesOf(box: MailIn['box']): BoxValues {
  if (!box) return { host: '', port: 993, security: 'tls', username: '', password: '', folder: 'INBOX' };
  const { host, port, security, username, folder } = box;
  return { host, port, security, username, password: '', folder };
}

export function useMailIn(accountId: () => string) {
  const client = useClient();
  return useLoaded((signal) => client.readMailIn({ params: { id: accountId() } }, signal), {
    key: accountId,
    on: (event) => event.kind === 'account_changed',
  });
}

export function useBounces(of: () => BouncesOf) {
  const client = useClient();
  return useLoaded((signal) => client.listBounces({ query: { ...of(), limit: 20 } }, signal), {
    key: () => JSON.stringify(of()),
    on: (event) => event.kind === 'account_changed' || event.kind === 'delivery_changed' || event.kind === 'contact_changed',
  });
}

/** An empty password keeps the stored one. */
const bodyOf = ({ password, port, ...rest }: BoxValues) => ({ ...rest, port: port ?? 0, ...(password ? { password } : {}) });

export function useMailInActs() {
  const client = useClient();
  return {
    saveBox: (id: string, values: BoxValues) => client.setMailBox({ params: { id }, body: bodyOf(values) }),
    testBox: (id: string, values: BoxValues) => client.testMailBox({ params: { id }, body: bodyOf(values) }),
    removeBox: (id: string) => client.removeMailBox({ params: { id } }),
    saveLimit: (id: string, body: { softBounces?: number | undefined; softBounceDays?: number | undefined }) =>
      client.changeMailIn({ params: { id }, body }),
    setProvider: (id: string, provider: Provider, secret: string | null) => client.setMailProvider({ params: { id }, body: { provider, secret } }),
  };
}

/** A secret that nobody guesses, in letters that every form takes. */
export function makeSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(24));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_');
}
