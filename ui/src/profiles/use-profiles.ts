import type { z } from 'zod';
import type { Account as AccountShape, LoginStep as LoginStepShape, Profile as ProfileShape } from '#core/api/profiles.ts';
import { useClient } from '#ui/connection/client.ts';
import { useLoaded } from '#ui/connection/use-loaded.ts';

export type Profile = z.output<typeof ProfileShape>;
export type Account = z.output<typeof AccountShape>;
export type LoginStep = z.output<typeof LoginStepShape>;

const profileEvents = new Set<string>([
  'profile_changed',
  'control_changed',
  'profiles_listed',
  'account_changed',
  'proxy_changed',
  'delivery_changed',
  'message_added',
  'conversation_changed',
]);

export function useProfiles() {
  const client = useClient();
  const { loaded, reload } = useLoaded((signal) => client.listProfiles({}, signal), { on: (event) => profileEvents.has(event.kind) });
  return { loaded, reload };
}

export function useProfile(id: () => string) {
  const client = useClient();
  return useLoaded<Profile>((signal) => client.readProfile({ params: { id: id() } }, signal), {
    on: (event) => profileEvents.has(event.kind),
    key: id,
  });
}

export function usePacks() {
  const client = useClient();
  return useLoaded((signal) => client.listPacks({}, signal));
}

export function useAccounts() {
  const client = useClient();
  return useLoaded((signal) => client.listAccounts({}, signal), { on: (event) => profileEvents.has(event.kind) });
}

/** What a person can do to a profile. Each answers with the profile as it stands after the request. */
export function useProfileActs() {
  const client = useClient();
  const params = (id: string) => ({ params: { id } });
  return {
    add: (body: NonNullable<Parameters<typeof client.addProfile>[0]>['body']) => client.addProfile({ body }),
    change: (id: string, body: NonNullable<Parameters<typeof client.changeProfile>[0]>['body']) => client.changeProfile({ ...params(id), body }),
    remove: (id: string) => client.removeProfile(params(id)),
    // What an entry `produces` comes as a Blob (core/api/client.ts).
    exportOne: (id: string, passphrase: string) => client.exportProfile({ ...params(id), body: { passphrase } }) as Promise<Blob>,
    exportState: (id: string, passphrase: string) => client.exportStorageState({ ...params(id), body: { passphrase } }) as Promise<Blob>,
    /** Goes out directly until a proxy is chosen; it is added stopped. */
    importOne: (file: { name: string; content: Blob }, body: { passphrase: string; name?: string }) =>
      client.importProfile({ file, body: { ...body, proxyId: null } }),
    start: (id: string) => client.startProfile(params(id)),
    stop: (id: string) => client.stopProfile(params(id)),
    pause: (id: string) => client.pauseAccount(params(id)),
    resume: (id: string) => client.resumeAccount(params(id)),
  };
}
