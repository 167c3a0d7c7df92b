import type { z } from 'zod';
import type { PlatformAccount as PlatformAccountShape } from '#core/api/platforms.ts';
import type { Account as AccountShape } from '#core/api/profiles.ts';
import type { Platform } from '#core/platform-event.ts';
import { useClient } from '#ui/connection/client.ts';
import { useLoaded } from '#ui/connection/use-loaded.ts';

export type PlatformAccount = z.output<typeof PlatformAccountShape>;
export type Account = z.output<typeof AccountShape>;
/** Anything that sends, with its connection where it is an account at a platform. */
export type AnyAccount = Account & { connection: PlatformAccount | null };
/** Whether a person has to look at it: it ends, has ended, or its platform has warned of something. */
export const needsPerson = ({ state, warning }: PlatformAccount): boolean =>
  warning !== null || state === 'expires_soon' || state === 'expired' || state === 'broken';
export type NumberValues = { name: string; token: string; phoneNumberId: string; businessId: string };

/** Events after which an account at a platform may stand otherwise. */
export const platformNews: ReadonlySet<string> = new Set([
  'account_changed',
  'platform_connected',
  'platform_disconnected',
  'sync_started',
  'sync_completed',
  'operators_warned',
  'admins_warned',
]);
const news: ReadonlySet<string> = new Set([...platformNews, 'profiles_listed', 'profile_changed']);

/** Everything that sends; accounts at platforms that need a person come first. */
export function useAnyAccounts() {
  const client = useClient();
  return useLoaded(
    async (signal) => {
      const [accounts, platforms] = await Promise.all([client.listAccounts({}, signal), client.listPlatforms({}, signal)]);
      const order = new Map(platforms.rows.map((one, at) => [one.id, at]));
      const connectionOf = new Map(platforms.rows.map((one) => [one.id, one]));
      const rows = accounts.rows.map((account): AnyAccount => ({ ...account, connection: connectionOf.get(account.id) ?? null }));
      const place = ({ id }: AnyAccount) => order.get(id) ?? platforms.rows.length;
      return { rows: rows.toSorted((a, b) => place(a) - place(b)) };
    },
    { on: (event) => news.has(event.kind) },
  );
}

export function usePlatformSetup() {
  const client = useClient();
  return useLoaded((signal) => client.readPlatformSetup({}, signal));
}

/** What a log-in at the platform has brought. */
export function useChoices(id: () => string) {
  const client = useClient();
  return useLoaded((signal) => client.readPlatformConnect({ params: { id: id() } }, signal), { key: id });
}

export function usePlatformActs() {
  const client = useClient();
  const params = (id: string) => ({ params: { id } });
  return {
    begin: async (platform: Exclude<Platform, 'whatsapp'>, login: 'instagram' | 'facebook') => {
      const begun = platform === 'instagram' ? await client.connectInstagram({ body: { login } }) : await client.connectMessenger({ body: {} });
      return begun.url;
    },
    connectNumber: ({ name, token, phoneNumberId, businessId }: NumberValues) =>
      client.connectWhatsapp({
        body: {
          token: token.trim(),
          phoneNumberId: phoneNumberId.trim(),
          businessId: businessId.trim(),
          ...(name.trim() ? { name: name.trim() } : {}),
        },
      }),
    choose: (id: string, externalIds: string[]) => client.finishPlatformConnect({ ...params(id), body: { externalIds } }),
    change: (id: string, body: { name?: string; graphVersion?: string; token?: string }) => client.changePlatform({ ...params(id), body }),
    sync: (id: string) => client.syncPlatform(params(id)),
    subscribe: (id: string) => client.subscribePlatform(params(id)),
    disconnect: (id: string) => client.disconnectPlatform(params(id)),
    resume: (id: string) => client.resumeAccount(params(id)),
    dismiss: (id: string) => client.dismissPlatformWarning(params(id)),
  };
}
